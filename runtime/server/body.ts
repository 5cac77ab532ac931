import type { IncomingMessage } from 'node:http';

/** A body that went over its bound, or a client that went away in the middle of it. */
export type BodyFailure = 'too-large' | 'gone';

const EMPTY = Buffer.alloc(0);

/** Reads a request body of at most `maxBytes`; what goes over is refused before it is read. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | BodyFailure> {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (coding === undefined && (length === undefined || length === '0')) return EMPTY;
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

/**
 * Reads on without keeping anything, so that a client which still sends sees our answer instead of a reset;
 * gives the connection up after `maxBytes` more.
 */
export function discardBody(request: IncomingMessage, maxBytes: number): void {
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) request.destroy();
  });
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The body as workers see it: text, or nothing at all when the bytes are no UTF-8 (wws "Request"). */
export function bodyText(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return '';
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
