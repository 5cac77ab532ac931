import type { IncomingMessage } from 'node:http';
import type { Match } from '#runtime/router/match.ts';
import { parseTarget, type Target } from '#runtime/router/target.ts';
import { accessLine } from './access-log.ts';
import type { Asset } from './assets.ts';
import type { Exchange } from './exchange.ts';
import { failRequest, sendFailure } from './failure.ts';
import { isPreflight, sendPreflight } from './preflight.ts';
import { runWorker } from './run-worker.ts';
import { sendAsset } from './send-asset.ts';
import type { Site, SiteWorker } from './site.ts';

/** Length of the body sent, at once or later; undefined when the outcome of the worker's call will bring it. */
type Sent = number | undefined | Promise<number | undefined>;

/**
 * Answers one request, and tells the exchange when it has. In this order: a static worker route, a file of
 * `public/`, a dynamic or tail route, `public/404.html` (wws "Priority"). What need not wait makes no promise: a
 * chain of them would cost more than finding the route.
 */
export function handle(site: Site, exchange: Exchange): void {
  let sent: Sent;
  try {
    sent = answer(site, exchange);
  } catch (error) {
    sent = failRequest(site, exchange, error);
  }
  if (typeof sent === 'number') exchange.answered(sent);
  else if (sent !== undefined) void answerLater(site, exchange, sent);
}

async function answerLater(site: Site, exchange: Exchange, sent: Promise<number | undefined>): Promise<void> {
  const bytes = await sent.catch((error: unknown) => failRequest(site, exchange, error));
  if (bytes !== undefined) exchange.answered(bytes);
}

/** Writes down a request that is over. */
export function record(site: Site, exchange: Exchange): void {
  const milliseconds = performance.now() - exchange.began;
  site.log.record(accessLine(site.log.format, exchange, milliseconds));
  if (site.telemetry.isObserved) site.telemetry.request(exchange.report(milliseconds));
}

function answer(site: Site, exchange: Exchange): Sent {
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
  if (segments === undefined) return notFound(site, exchange);
  const match = site.router.match(segments);
  if (match?.kind === 'static' || site.assets === undefined) return dynamic(site, exchange, match, target);
  return site.assets
    .find(segments)
    .then((asset) =>
      asset === undefined ? dynamic(site, exchange, match, target) : sendFile(exchange, asset),
    );
}

function dynamic(site: Site, exchange: Exchange, match: Match<SiteWorker> | undefined, target: Target): Sent {
  return match === undefined ? notFound(site, exchange) : runWorker(site, match, target, exchange);
}

function sendFile(exchange: Exchange, asset: Asset): number | Promise<number> {
  exchange.outcome = 'file';
  return sendAsset(exchange, asset);
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
