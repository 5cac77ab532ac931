import { pipeline, type Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { ImageError, reasonOf } from '../errors.ts';
import type { Compression } from '../image/media-types.ts';

/** The uncompressed bytes of a layer. `what` names it in errors. */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (compression === 'none') {
    yield* source;
    return;
  }
  const stream: Transform = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  let failure: unknown;
  // The reader below learns that the source failed, and only this callback learns why.
  pipeline(source, stream, (error) => {
    failure = error;
  });
  try {
    yield* stream as AsyncIterable<Uint8Array>;
  } catch (error) {
    const cause = failure ?? error;
    if (cause instanceof ImageError || (cause instanceof Error && cause.name === 'AbortError')) throw cause;
    throw new ImageError('corrupt', `Cannot decompress ${what}: ${reasonOf(cause)}`, { cause });
  } finally {
    stream.destroy();
  }
}
