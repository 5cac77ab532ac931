import type { IncomingMessage } from 'node:http';
import type { AnswerHeaders, WorkerResponse } from '#runtime/worker/guest.ts';
import type { Exchange } from './exchange.ts';
import type { HeaderLines } from './header-lines.ts';
import { nameOf, ownLines } from './own-lines.ts';

/** Larger bodies are sooner sent as they are than copied. */
const ONE_PIECE_BYTES = 16_384;

/**
 * Sends what a worker answered (wws "Header emission"): its own headers, and what every answer carries unless it
 * says otherwise. Throws when a status or header cannot be sent; nothing has been sent then. Answers the length of
 * the body.
 */
export function sendAnswer(exchange: Exchange, answer: WorkerResponse): number {
  const { request, response } = exchange;
  const { body } = answer;
  const { status, lines } = headOf(exchange, answer);
  const isHead = request.method === 'HEAD';
  if (isHead && body.length === 0) addHeadLength(lines, answer.headers);
  else if (status !== 204 && status !== 304) lines.push('content-length', body.length);
  response.writeHead(status, lines);
  response.end(inOnePiece(body), 'latin1');
  return isBodiless(request, status) ? 0 : body.length;
}

/** All of an answer's head but how long the body is. Throws when there is a status that cannot be sent. */
export function headOf(
  exchange: Exchange,
  answer: Pick<WorkerResponse, 'status' | 'headers'>,
): { readonly status: number; readonly lines: HeaderLines } {
  return { status: statusOf(answer.status), lines: linesOf(exchange, answer.headers) };
}

/** Whether no body may follow (RFC 9110 section 6.4.1). */
export function isBodiless({ method }: IncomingMessage, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

function linesOf({ id, origin }: Exchange, headers: AnswerHeaders): HeaderLines {
  const { lines, places } = ownLines(headers);
  const all = [...lines];
  if (!places.has('x-request-id')) all.push('x-request-id', id);
  for (const name in origin) {
    const value = origin[name] ?? '';
    const place = places.get(name);
    if (place === undefined) all.push(name, value);
    // What is cached for one origin must not be shown to another, whatever else the answer depends on.
    else if (name === 'vary') all[place] = [value, all[place]].flat().join(', ');
  }
  return all;
}

/** Node sends text together with the headers in one write; bytes are a second one. */
function inOnePiece(body: Uint8Array): string | Uint8Array {
  if (body.length > ONE_PIECE_BYTES) return body;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.length);
  return bytes.toString('latin1');
}

/** A worker that answers HEAD without a body may say how long it would be, and nobody else knows. */
function addHeadLength(lines: HeaderLines, answered: AnswerHeaders): void {
  const [, length] = Object.entries(answered).find(([name]) => nameOf(name) === 'content-length') ?? [];
  if (typeof length === 'string' && /^\d{1,15}$/.test(length)) lines.push('content-length', length);
}

/** What HTTP does not know becomes 200, as in wws; 1xx would leave the client waiting for the real answer. */
function statusOf(status: number): number {
  if (status >= 100 && status < 200) throw new Error(`status ${status} cannot end a request`);
  return Number.isInteger(status) && status >= 200 && status <= 999 ? status : 200;
}
