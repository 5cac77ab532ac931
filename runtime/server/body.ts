import type { IncomingMessage } from 'node:http';

/** A body that went over its bound, or a client that went away in the middle of it. */
export type BodyFailure = 'too-large' | 'gone';

const EMPTY = Buffer.alloc(0);

/** Without either header there is none (RFC 9112 section 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = headers;
  return coding !== undefined || (length !== undefined && length !== '0');
}

/** Reads a request body of at most `maxBytes`; what goes over is refused before it is read. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | BodyFailure> {
  if (!hasBody(request)) return EMPTY;
  const { 'content-length': length } = request.headers;
  if (length !== undefined && Number(length) > maxBytes) return 'too-large';
  if (request.destroyed) return 'gone';
  const chunks: Buffer[] = [];
  let size = 0;
  const { promise, resolve } = Promise.withResolvers<Buffer | BodyFailure>();
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) resolve('too-large');
    else chunks.push(chunk);
  });
  request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks)));
  request.on('error', () => resolve('gone'));
  request.on('close', () => resolve('gone'));
  return await promise;
}

/** Bytes of a body nobody wants that are still taken. */
const DISCARD_BYTES = 1_048_576;

/**
 * Reads on without keeping anything, so that a client which still sends sees our answer instead of a reset;
 * gives the connection up when too much comes. To be called before the answer is sent: after it, node:http
 * would read on by itself, and without a bound.
 */
export function discardBody(request: IncomingMessage): void {
  if (request.complete || !hasBody(request)) return;
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > DISCARD_BYTES) request.destroy();
  });
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A body that is text, or bytes that are none; `body` is empty then (wws "Request"). */
export interface BodyParts {
  readonly body: string;
  readonly bytes?: Uint8Array;
}

export const NO_BODY: BodyParts = { body: '' };

export function bodyParts(bytes: Buffer): BodyParts {
  if (bytes.length === 0) return NO_BODY;
  try {
    return { body: UTF8.decode(bytes) };
  } catch {
    // A copy: all of the buffer that a view is of would cross threads.
    return { body: '', bytes: new Uint8Array(bytes) };
  }
}
