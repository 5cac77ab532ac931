import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { formatBytes } from '#runtime/wasi/limits.ts';
import { BodyTooLarge } from './failure.ts';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Nobody packs more often than this but to annoy. */
const MAXIMUM_CODINGS = 3;

/** What `decodersFor` knows of: for `accept-encoding`. */
export const ACCEPTED_CODINGS = 'gzip, deflate, br';

/** Decoders for a `content-encoding`, in the order they apply; undefined where one of its codings is unknown. */
export function decodersFor(contentEncoding: string): (() => Transform)[] | undefined {
  const codings = contentEncoding.split(',').map((coding) => coding.trim().toLowerCase());
  if (codings.length > MAXIMUM_CODINGS) return undefined;
  const decoders: (() => Transform)[] = [];
  for (const coding of codings.reverse()) {
    const decoder = DECODERS[coding];
    if (decoder === undefined) return undefined;
    decoders.push(decoder);
  }
  return decoders;
}

/**
 * Reads a body to its end, unpacked. Stops where either side of a decoder has passed `limit` bytes.
 *
 * @throws BodyTooLarge
 */
export async function readBody(
  body: Readable,
  decoders: readonly (() => Transform)[],
  limit: number,
): Promise<Uint8Array> {
  if (decoders.length === 0) return await collect(bounded(body, limit));
  let whole: Uint8Array = new Uint8Array();
  const streams = decoders.map((make) => make());
  const last = async (source: AsyncIterable<Buffer>): Promise<void> => {
    whole = await collect(bounded(source, limit));
  };
  // A pipeline of several steps ends them all when one fails.
  await pipeline([body, ...streams, last] as never);
  return whole;
}

async function* bounded(source: AsyncIterable<Buffer>, limit: number): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const chunk of source) {
    length += chunk.length;
    if (length > limit) throw new BodyTooLarge(`The body of the answer is larger than ${formatBytes(limit)}`);
    yield chunk;
  }
}

/** In memory of its own: it crosses threads. */
async function collect(source: AsyncIterable<Buffer>): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    chunks.push(chunk);
    length += chunk.length;
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
