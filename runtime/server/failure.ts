import { visible } from './access-log.ts';
import { discardBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import type { HeaderLines } from './header-lines.ts';
import type { Site } from './site.ts';

/** Why a request gets no answer of a worker or file. */
export type FailureCode =
  | 'bad-request'
  | 'not-found'
  | 'method-refused'
  | 'body-too-large'
  | 'too-many-headers'
  | 'worker-failed'
  | 'worker-timeout'
  | 'overloaded'
  | 'unavailable'
  | 'internal';

interface FailureAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<HeaderLines>;
}

const HTML = 'text/html';
const TEXT = 'text/plain; charset=utf-8';

/** Seconds after which an overloaded server may be asked again. */
const RETRY_AFTER = ['retry-after', '1'];

/** The connection cannot go on when part of a request was left unread. */
const CLOSE = ['connection', 'close'];

/**
 * Failure to answer, in this one place. A worker that fails is a 500 with the very text of wws; one that is
 * stopped for its time is a 504, so that the two can be told apart from outside.
 */
const ANSWERS: Readonly<Record<FailureCode, FailureAnswer>> = {
  'bad-request': { status: 400, type: TEXT, body: 'Bad request', headers: CLOSE },
  'not-found': { status: 404, type: TEXT, body: '' },
  'method-refused': { status: 405, type: TEXT, body: 'Method not allowed', headers: CLOSE },
  'body-too-large': { status: 413, type: TEXT, body: 'Request body is too large' },
  'too-many-headers': { status: 431, type: TEXT, body: 'Too many request headers', headers: CLOSE },
  'worker-failed': { status: 500, type: HTML, body: '<p>There was an error running this function</p>' },
  'worker-timeout': { status: 504, type: HTML, body: '<p>This function took too long</p>' },
  overloaded: { status: 503, type: TEXT, body: 'Too many requests, try again', headers: RETRY_AFTER },
  unavailable: { status: 503, type: TEXT, body: 'Storage is not available, try again', headers: RETRY_AFTER },
  internal: { status: 500, type: TEXT, body: 'Internal server error' },
};

/** Answers the length of the body sent: the one of `code`, or `text` of plain ASCII. */
export function sendFailure(exchange: Exchange, code: FailureCode, text?: string): number {
  const { request, response } = exchange;
  const { status, type, body: usual, headers = [] } = ANSWERS[code];
  const body = text ?? usual;
  discardBody(request);
  const own = ['content-type', type, 'content-length', body.length, ...headers];
  response.writeHead(status, [...exchange.headers(), ...own]);
  response.end(body);
  return request.method === 'HEAD' ? 0 : body.length;
}

/** Something here is broken or missing, not the worker. Answers the length of the body sent. */
export function failRequest(site: Site, exchange: Exchange, error: unknown): number {
  const { request, response } = exchange;
  if (response.destroyed) return 0;
  const reason = error instanceof Error ? error.message : String(error);
  exchange.outcome = 'internal';
  exchange.problem = reason;
  site.log.line(`Cannot answer "${visible(request.url ?? '')}": ${reason}`);
  if (!response.headersSent) return sendFailure(exchange, 'internal');
  response.destroy();
  return 0;
}
