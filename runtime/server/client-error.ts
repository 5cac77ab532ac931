import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { LimitName } from '#runtime/settings.ts';

/** What became of bytes that make no request. */
interface Refusal {
  readonly line: string;
  /** The bound that was met, if it was one. */
  readonly limit?: LimitName;
}

/** What is to be told of a client that was refused. */
export interface RefusedClient {
  readonly status: number;
  readonly reason: string;
  readonly limit: LimitName | undefined;
  /** Whether an earlier request of the connection was being answered, or it was the client who left. */
  readonly isKnown: boolean;
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
 * Answers a client whose bytes make no request, or that takes too long to make one, and closes.
 */
export function refuseClient(error: NodeJS.ErrnoException, socket: Duplex): RefusedClient {
  const answering = (socket as HttpSocket)._httpMessage;
  const { line, limit } = refusalOf(error, answering != null);
  const hasLeft = error.code === 'ECONNRESET' || error.code === 'EPIPE';
  if (socket.writable && answering?.headersSent !== true && !hasLeft) {
    socket.write(`HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  }
  socket.destroy(error);
  const isKnown = answering != null || hasLeft;
  return { status: Number.parseInt(line, 10), reason: error.message, limit, isKnown };
}

function refusalOf({ code = '' }: NodeJS.ErrnoException, hasBegun: boolean): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { line: TOO_SLOW, limit: hasBegun ? 'requestMs' : 'headerMs' };
  }
  return REFUSALS[code] ?? BAD_REQUEST;
}
