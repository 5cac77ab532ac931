import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { WorkerResponse } from '#runtime/worker/guest.ts';

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

/**
 * Sends what a worker answered (wws "Header emission"): text/html unless it says otherwise, then CORS, then
 * its own headers with `_` in names read as `-`. Throws when a status or header cannot be sent; nothing
 * has been sent then. Answers the length of the body.
 */
export function sendAnswer(
  response: ServerResponse,
  answer: WorkerResponse,
  cors: Readonly<Record<string, string>>,
): number {
  const headers: Record<string, string | number> = { 'content-type': 'text/html', ...cors };
  for (const [written, value] of Object.entries(answer.headers)) {
    const name = written.toLowerCase().replaceAll('_', '-');
    if (!CONNECTION_HEADERS.has(name)) headers[name] = latin1(value);
  }
  const status = statusOf(answer.status);
  if (status !== 204 && status !== 304) headers['content-length'] = answer.body.length;
  response.writeHead(status, headers);
  response.end(answer.body);
  return answer.body.length;
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

/** `--cors` origins: one is always named, of several the one that asks (Fetch standard, CORS protocol). */
export function corsHeaders(
  origins: readonly string[],
  request: IncomingHttpHeaders,
): Readonly<Record<string, string>> {
  const [only] = origins;
  if (only === undefined) return {};
  if (origins.length === 1) return { 'access-control-allow-origin': only };
  if (origins.includes('*')) return { 'access-control-allow-origin': '*' };
  const { origin } = request;
  return origin !== undefined && origins.includes(origin)
    ? { 'access-control-allow-origin': origin, vary: 'Origin' }
    : { vary: 'Origin' };
}
