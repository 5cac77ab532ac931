import type { IncomingMessage } from 'node:http';
import { discardBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import type { HeaderLines } from './header-lines.ts';

/** Seconds a browser may remember the answer to a preflight. */
const MAX_AGE = '600';

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}$/;
const HEADER_NAMES = /^[!#$%&'*+.^_`|~0-9A-Za-z, -]{1,1024}$/;

/** What tells apart the answers to preflights. */
const PREFLIGHT_VARY = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers';

/** A browser asks whether it may ask. Any other OPTIONS is for a worker. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'OPTIONS' &&
    headers.origin !== undefined &&
    headers['access-control-request-method'] !== undefined
  );
}

/** Allows the method and headers that are asked for: what a worker does with them is its own business. */
export function sendPreflight(exchange: Exchange): number {
  const { request, response, id, origin } = exchange;
  exchange.outcome = 'preflight';
  const { 'access-control-request-method': method = '', 'access-control-request-headers': names = '' } =
    request.headers;
  discardBody(request);
  const headers: HeaderLines = ['x-request-id', id, 'vary', PREFLIGHT_VARY];
  const allowed = origin['access-control-allow-origin'];
  if (allowed !== undefined) {
    headers.push('access-control-allow-origin', allowed);
    if (METHOD.test(method)) headers.push('access-control-allow-methods', method);
    if (HEADER_NAMES.test(names)) headers.push('access-control-allow-headers', names);
    headers.push('access-control-max-age', MAX_AGE);
  }
  response.writeHead(204, headers).end();
  return 0;
}
