import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { LimitName } from '#runtime/settings.ts';

/** What became of bytes that make no request. */
interface Refusal {
  readonly line: string;
  /** The bound that was met, if it was one. */
  readonly limit?: LimitName;
}

const BAD_REQUEST: Refusal = { line: '400 Bad Request' };

/** By the code of the error that the parser or the clock gives. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: { line: '431 Request Header Fields Too Large', limit: 'headerBytes' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { line: '413 Payload Too Large', limit: 'bodyBytes' },
};

const TOO_SLOW = '408 Request Timeout';

/** Where an answer is being written, kept by `node:http` on the socket: ours must not land in the middle of it. */
interface HttpSocket extends Duplex {
  readonly _httpMessage?: ServerResponse | null;
}

/**
 * Answers a client whose bytes make no request, or that takes too long to make one, and closes. Answers the
 * limit that was met.
 */
export function refuseClient(error: NodeJS.ErrnoException, socket: Duplex): LimitName | undefined {
  const answering = (socket as HttpSocket)._httpMessage;
  const { line, limit } = refusalOf(error, answering != null);
  if (socket.writable && answering?.headersSent !== true && error.code !== 'ECONNRESET') {
    socket.write(`HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  }
  socket.destroy(error);
  return limit;
}

function refusalOf({ code = '' }: NodeJS.ErrnoException, hasBegun: boolean): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { line: TOO_SLOW, limit: hasBegun ? 'requestMs' : 'headerMs' };
  }
  return REFUSALS[code] ?? BAD_REQUEST;
}
