import type { OutboundErrorCode, OutboundRequest } from '#runtime/outbound/message.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import type { Engine } from './engine.ts';
import type { Box } from './engine-exports.ts';
import type { Answering } from './question.ts';

/** What the message of a refused or failed `fetch` begins with (wws "Globals provided"). */
const TAGS: Readonly<Record<OutboundErrorCode, string>> = {
  'invalid-request': 'Invalid Request',
  'invalid-request-body': 'Invalid Request Body',
  'invalid-response-body': 'Invalid Response Body',
  'not-allowed': 'Not allowed',
  'internal-error': 'Internal Error',
  timeout: 'Request Timeout',
  'redirect-loop': 'Redirect Loop',
};

/** Of all headers: each of them is a string here. */
const HEADER_BYTES = 1024 * 1024;

/**
 * `(url, method, headers, body, redirect)`: headers as lines, a name and its value in turn; the body undefined, a
 * string or bytes. Answers `(url, status, statusText, headers, body, redirected)`.
 */
export async function askHttp(engine: Engine, args: readonly Box[], calls: HostCalls): Promise<Answering> {
  const reply = await calls.call('http', requestOf(engine, args));
  if (!reply.ok) throw new Error(`[${TAGS[reply.code]}] ${reply.message}`);
  return (to) => [
    to.newText(reply.url),
    to.exports.qjs_new_number(reply.status),
    to.newText(reply.statusText),
    to.newText(reply.headers.map(([name, value]) => `${name}\n${value}\n`).join('')),
    to.newBytes(reply.body),
    to.exports.qjs_new_number(reply.redirected ? 1 : 0),
  ];
}

function requestOf(engine: Engine, args: readonly Box[]): OutboundRequest {
  const [url = 0, method = 0, headers = 0, body = 0, redirect = 0] = args;
  const lines = engine.text(headers, HEADER_BYTES).split('\n');
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < lines.length; index += 2) {
    pairs.push([lines[index] ?? '', lines[index + 1] ?? '']);
  }
  return {
    url: engine.text(url),
    method: engine.text(method),
    headers: pairs,
    body: bytesOf(engine, body),
    redirect: redirectMode(engine.text(redirect)),
    decode: true,
  };
}

function bytesOf(engine: Engine, body: Box): Uint8Array | undefined {
  if (engine.isUndefined(body)) return undefined;
  return engine.isText(body) ? Buffer.from(engine.text(body)) : engine.bytes(body);
}

function redirectMode(text: string): OutboundRequest['redirect'] {
  if (text === 'follow' || text === 'manual' || text === 'error') return text;
  throw new TypeError(`Invalid redirect mode "${text}": expected follow, manual or error`);
}
