import type { IncomingMessage, ServerResponse } from 'node:http';
import { discardBody } from './body.ts';

/** Asked by whoever watches over the server; no worker is ever served here, and no prefix applies. */
export type HealthProbe = 'live' | 'ready';

const PROBES: Readonly<Record<string, HealthProbe>> = {
  '/_health/live': 'live',
  '/_health/ready': 'ready',
};

export function healthProbe(url: string | undefined): HealthProbe | undefined {
  if (url === undefined || !url.startsWith('/_health/')) return undefined;
  return PROBES[url.split('?', 1)[0] ?? ''];
}

/** A server that answers is alive; it is ready for more until it drains. */
export function sendHealth(
  request: IncomingMessage,
  response: ServerResponse,
  probe: HealthProbe,
  isDraining: boolean,
): void {
  discardBody(request);
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end();
    return;
  }
  const isFine = probe === 'live' || !isDraining;
  const body = isFine ? 'ok\n' : 'draining\n';
  response.writeHead(isFine ? 200 : 503, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  response.end(body);
}
