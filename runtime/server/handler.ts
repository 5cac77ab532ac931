import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Match, Router } from '#runtime/router/match.ts';
import { parseTarget, type Target } from '#runtime/router/target.ts';
import type { Limits } from '#runtime/settings.ts';
import type { GuestRunner } from '#runtime/worker/outcome.ts';
import { accessLine, visible } from './access-log.ts';
import type { Assets } from './assets.ts';
import { bodyText, discardBody, readBody } from './body.ts';
import { type FailureCode, sendFailure } from './failure.ts';
import type { Log } from './log.ts';
import { headline, oneLine } from './log-text.ts';
import { corsHeaders, sendAnswer } from './send-answer.ts';
import { sendAsset } from './send-asset.ts';
import { workerRequest } from './worker-request.ts';

/** A worker behind a route: its guest in the runner, or why it cannot run. */
export interface SiteWorker {
  readonly name: string;
  readonly path: string;
  readonly guest: number | { readonly problem: string };
}

/** All that is served. */
export interface Site {
  readonly router: Router<SiteWorker>;
  /** Decoded segments that every path starts with. */
  readonly prefix: readonly string[];
  readonly assets: Assets | undefined;
  readonly runner: GuestRunner;
  readonly cors: readonly string[];
  readonly limits: Limits;
  readonly log: Log;
}

/** Bytes of a refused body that are still taken, so that the refusal reaches its reader. */
const DISCARD_BYTES = 1_048_576;

/**
 * Answers one request; resolves when its connection has no more to do with it. In this order: a static worker route, a file of `public/`, a dynamic or tail route,
 * `public/404.html` (wws "Priority").
 */
export async function handle(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const began = performance.now();
  const address = request.socket.remoteAddress;
  const closed = Promise.withResolvers<void>();
  response.on('close', closed.resolve);
  let bytes = 0;
  try {
    bytes = await answer(site, request, response);
  } catch (error) {
    if (!response.destroyed) bytes = failRequest(site, request, response, error);
  }
  await closed.promise;
  const milliseconds = performance.now() - began;
  site.log.record(accessLine(site.log.format, { address, request, response, bytes, milliseconds }));
}

/** Something here is broken or missing, not the worker. */
function failRequest(site: Site, request: IncomingMessage, response: ServerResponse, error: unknown): number {
  const reason = error instanceof Error ? error.message : String(error);
  site.log.line(`Cannot answer "${visible(request.url ?? '')}": ${reason}`);
  if (!response.headersSent) return sendFailure(response, 'internal');
  response.destroy();
  return 0;
}

async function answer(site: Site, request: IncomingMessage, response: ServerResponse): Promise<number> {
  if (request.rawHeaders.length > 2 * site.limits.headerCount)
    return sendFailure(response, 'too-many-headers');
  const target = parseTarget(request.url ?? '');
  if (target === undefined || hasSeveralHosts(request.rawHeaders))
    return sendFailure(response, 'bad-request');
  const segments = withoutPrefix(target.segments, site.prefix);
  if (segments === undefined) return await notFound(site, request, response);
  const match = site.router.match(segments);
  if (match?.kind !== 'static' && site.assets !== undefined) {
    const asset = await site.assets.find(segments);
    if (asset !== undefined) return await sendAsset(request, response, asset);
  }
  if (match === undefined) return await notFound(site, request, response);
  return await runWorker(site, match, target, request, response);
}

/** Servers in front may have gone by the other one (RFC 9112 section 3.2). */
function hasSeveralHosts(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts > 1;
}

function withoutPrefix(
  segments: readonly string[],
  prefix: readonly string[],
): readonly string[] | undefined {
  if (prefix.length === 0) return segments;
  return prefix.every((segment, index) => segments[index] === segment)
    ? segments.slice(prefix.length)
    : undefined;
}

async function notFound(site: Site, request: IncomingMessage, response: ServerResponse): Promise<number> {
  const page = await site.assets?.find(['404.html']);
  if (page === undefined) return sendFailure(response, 'not-found');
  return await sendAsset(request, response, page, 404);
}

async function runWorker(
  site: Site,
  { value: worker, params }: Match<SiteWorker>,
  target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number> {
  if (typeof worker.guest !== 'number') return failWorker(site, worker, response, worker.guest.problem);
  const body = await readBody(request, site.limits.bodyBytes);
  if (body === 'gone') return 0;
  if (body === 'too-large') {
    discardBody(request, DISCARD_BYTES);
    return sendFailure(response, 'body-too-large');
  }
  const text = bodyText(body);
  if (text === undefined) logWorker(site, worker, 'gets an empty body: the bytes sent are no UTF-8');
  const ticket = site.runner.run(worker.guest, workerRequest(request, target, params, text ?? ''));
  response.on('close', ticket.cancel);
  const outcome = await ticket.outcome;
  if (response.destroyed) return 0;
  if (outcome.kind === 'answered' || outcome.kind === 'failed') site.log.said(worker.name, outcome.stderr);
  switch (outcome.kind) {
    case 'answered':
      try {
        return sendAnswer(response, outcome.response, corsHeaders(site.cors, request.headers));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return failWorker(site, worker, response, `cannot send its answer: ${reason}`);
      }
    case 'failed':
      return failWorker(site, worker, response, outcome.reason);
    case 'timeout':
      return failWorker(site, worker, response, outcome.reason, 'worker-timeout');
    case 'overloaded':
      return failWorker(site, worker, response, outcome.reason, 'overloaded');
  }
}

function failWorker(
  site: Site,
  worker: SiteWorker,
  response: ServerResponse,
  reason: string,
  code: FailureCode = 'worker-failed',
): number {
  // One line for each request. A reason has more only where a worker is not loaded, and then has been told whole.
  site.log.line(`Error running ${titleOf(worker)}: ${headline(reason)}`);
  return sendFailure(response, code);
}

function logWorker(site: Site, worker: SiteWorker, what: string): void {
  site.log.line(`In ${titleOf(worker)}: ${what}`);
}

function titleOf(worker: SiteWorker): string {
  return oneLine(`worker "${worker.name}" at route "${worker.path}"`);
}
