import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseTarget } from '#runtime/router/target.ts';
import { accessLine, visible } from './access-log.ts';
import { Exchange } from './exchange.ts';
import { sendFailure } from './failure.ts';
import { isPreflight, sendPreflight } from './preflight.ts';
import { runWorker } from './run-worker.ts';
import { sendAsset } from './send-asset.ts';
import type { Site } from './site.ts';

/**
 * Answers one request; resolves when its connection has no more to do with it. In this order: a static worker
 * route, a file of `public/`, a dynamic or tail route, `public/404.html` (wws "Priority").
 */
export async function handle(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const exchange = new Exchange(request, response, site.cors);
  const closed = Promise.withResolvers<void>();
  response.on('close', closed.resolve);
  let bytes = 0;
  try {
    bytes = await answer(site, exchange);
  } catch (error) {
    if (!response.destroyed) bytes = failRequest(site, exchange, error);
  }
  await closed.promise;
  const milliseconds = performance.now() - exchange.began;
  site.log.record(accessLine(site.log.format, exchange, bytes, milliseconds));
  if (site.telemetry.isObserved) site.telemetry.request(exchange.report(bytes, milliseconds));
}

/** Something here is broken or missing, not the worker. */
function failRequest(site: Site, exchange: Exchange, error: unknown): number {
  const { request, response } = exchange;
  const reason = error instanceof Error ? error.message : String(error);
  exchange.outcome = 'internal';
  exchange.problem = reason;
  site.log.line(`Cannot answer "${visible(request.url ?? '')}": ${reason}`);
  if (!response.headersSent) return sendFailure(exchange, 'internal');
  response.destroy();
  return 0;
}

async function answer(site: Site, exchange: Exchange): Promise<number> {
  const { request } = exchange;
  if (request.rawHeaders.length > 2 * site.limits.headerCount) {
    site.telemetry.limit('headerCount');
    return sendFailure(exchange, 'too-many-headers');
  }
  // What is to be looped back is for servers on the way; no worker should echo what a client is not to see.
  if (request.method === 'TRACE') return sendFailure(exchange, 'method-refused');
  const target = parseTarget(request.url ?? '');
  if (target === undefined || !isWellFramed(request)) return sendFailure(exchange, 'bad-request');
  if (site.cors.length > 0 && isPreflight(request)) return sendPreflight(exchange);
  const segments = withoutPrefix(target.segments, site.prefix);
  if (segments === undefined) return await notFound(site, exchange);
  const match = site.router.match(segments);
  if (match?.kind !== 'static' && site.assets !== undefined) {
    const asset = await site.assets.find(segments);
    if (asset !== undefined) {
      exchange.outcome = 'file';
      return await sendAsset(exchange, asset);
    }
  }
  if (match === undefined) return await notFound(site, exchange);
  return await runWorker(site, match, target, exchange);
}

/** What servers in front may have read in another way: a version without headers, codings of bodies, hosts. */
function isWellFramed({ httpVersionMajor, headers, rawHeaders }: IncomingMessage): boolean {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') return false;
  return httpVersionMajor === 1 && !hasSeveralHosts(rawHeaders);
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

async function notFound(site: Site, exchange: Exchange): Promise<number> {
  exchange.outcome = 'not-found';
  const page = await site.assets?.find(['404.html']);
  if (page === undefined) return sendFailure(exchange, 'not-found');
  return await sendAsset(exchange, page, 404);
}
