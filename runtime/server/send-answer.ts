import type { AnswerHeaders, WorkerResponse } from '#runtime/worker/guest.ts';
import type { Exchange } from './exchange.ts';

/** Headers that belong to the connection or follow from the body: the server's business, not a worker's. */
const CONNECTION_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Larger bodies are sooner sent as they are than copied. */
const ONE_PIECE_BYTES = 16_384;

type OutgoingHeaders = Record<string, string | number | string[]>;

/**
 * Sends what a worker answered (wws "Header emission"): text/html unless it says otherwise, then what every
 * answer carries, then its own headers with `_` in names read as `-`. Throws when a status or header cannot be
 * sent; nothing has been sent then. Answers the length of the body.
 */
export function sendAnswer({ request, response, headers: common }: Exchange, answer: WorkerResponse): number {
  const headers: OutgoingHeaders = { 'content-type': 'text/html', ...common };
  for (const [written, value] of Object.entries(answer.headers)) {
    const name = nameOf(written);
    if (CONNECTION_HEADERS.has(name)) continue;
    // What is cached for one origin must not be shown to another, whatever else the answer depends on.
    if (name === 'vary' && common['vary'] !== undefined)
      headers[name] = `${common['vary']}, ${lineOf(value)}`;
    else headers[name] = typeof value === 'string' ? latin1(value) : value.map(latin1);
  }
  const status = statusOf(answer.status);
  const { body } = answer;
  const isHead = request.method === 'HEAD';
  if (isHead && body.length === 0) setHeadLength(headers, answer.headers);
  else if (status !== 204 && status !== 304) headers['content-length'] = body.length;
  response.writeHead(status, headers);
  response.end(inOnePiece(body), 'latin1');
  return isHead || status === 204 || status === 304 ? 0 : body.length;
}

/** Node sends text together with the headers in one write; bytes are a second one. */
function inOnePiece(body: Uint8Array): string | Uint8Array {
  if (body.length > ONE_PIECE_BYTES) return body;
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
}

/** A worker that answers HEAD without a body may say how long it would be, and nobody else knows. */
function setHeadLength(headers: OutgoingHeaders, answered: AnswerHeaders): void {
  const [, length] = Object.entries(answered).find(([name]) => nameOf(name) === 'content-length') ?? [];
  if (typeof length === 'string' && /^\d{1,15}$/.test(length)) headers['content-length'] = length;
}

function nameOf(written: string): string {
  return written.toLowerCase().replaceAll('_', '-');
}

function lineOf(value: string | readonly string[]): string {
  return latin1(typeof value === 'string' ? value : value.join(', '));
}

/** What HTTP does not know becomes 200, as in wws; 1xx would leave the client waiting for the real answer. */
function statusOf(status: number): number {
  if (status >= 100 && status < 200) throw new Error(`status ${status} cannot end a request`);
  return Number.isInteger(status) && status >= 200 && status <= 999 ? status : 200;
}

/** Node takes header values as latin1: UTF-8 bytes pass as they are. */
function latin1(value: string): string {
  return /^[\t\u0020-\u007e]*$/.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1');
}
