import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Digester } from '../image/digest.ts';
import type { Layer } from '../image/image.ts';
import { LAYER_GZIP } from '../image/media-types.ts';
import { writeTar } from '../tar/write.ts';
import type { LayerEntry } from './entry.ts';
import { anySystem, equalBlocks, gzip } from './gzip.ts';
import { memberOf } from './pack.ts';

export interface LayerOptions {
  /** The file to write the compressed layer to. */
  readonly file: string;
  /** Seconds since 1970, the modification time of every entry. */
  readonly mtime: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes a layer (image-spec layer.md, tar+gzip) to a file. The same entries give the same bytes: with the same
 * build of Node always, and uncompressed (`diffId`) with any.
 */
export async function writeLayer(
  entries: readonly LayerEntry[],
  { file, mtime, signal }: LayerOptions,
): Promise<Layer> {
  const uncompressed = new Digester();
  const compressed = new Digester();
  await pipeline(
    writeTar(entries.map(memberOf), mtime),
    equalBlocks,
    (source: AsyncIterable<Uint8Array>) => watched(source, uncompressed),
    gzip(),
    anySystem,
    (source: AsyncIterable<Uint8Array>) => watched(source, compressed),
    createWriteStream(file, { flags: 'wx', mode: 0o600 }),
    { ...(signal && { signal }) },
  );
  return {
    descriptor: { mediaType: LAYER_GZIP, digest: compressed.digest(), size: compressed.size },
    diffId: uncompressed.digest(),
    open: () => createReadStream(file),
  };
}

async function* watched(source: AsyncIterable<Uint8Array>, digester: Digester): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    digester.update(chunk);
    yield chunk;
  }
}
