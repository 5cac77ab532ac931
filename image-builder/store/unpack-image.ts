import { ImageError, reasonOf, systemCode } from '../errors.ts';
import { verified } from '../image/verified.ts';
import { Budget, type Limits } from '../layer/budget.ts';
import { decompress } from '../layer/decompress.ts';
import { type UnpackedEntry, Unpacker } from '../layer/unpacker.ts';
import type { StoredImage } from './stored-image.ts';

export interface UnpackOptions {
  /** An empty directory nobody else may write to. */
  readonly directory: string;
  readonly limits?: Limits;
  readonly signal?: AbortSignal | undefined;
  /** Told of what each layer holds, of which nothing is verified before all is done. */
  readonly onEntry?: ((layer: number, entry: UnpackedEntry) => void) | undefined;
}

/**
 * Unpacks an image's layers and verifies each on the way. On failure the directory holds unverified leftovers: remove
 * it, use nothing from it.
 */
export async function unpackImage(
  image: StoredImage,
  { directory, limits, signal, onEntry }: UnpackOptions,
): Promise<void> {
  const budget = new Budget(limits);
  budget.spendLayers(image.layers.length);
  const unpacker = new Unpacker(directory, budget);
  for (const [index, { what, compression, diffId, open }] of image.layers.entries()) {
    signal?.throwIfAborted();
    const uncompressed = decompress(abortable(open(), signal), compression, what);
    try {
      const layer = verified(uncompressed, { digest: diffId, what: `${what}, uncompressed` });
      await unpacker.apply(layer, (entry) => onEntry?.(index, entry));
    } catch (error) {
      if (error instanceof ImageError || signal?.aborted) throw error;
      // A full disk has a system error's code, a broken tar has none.
      const code = systemCode(error) === undefined ? 'corrupt' : 'io';
      throw new ImageError(code, `Cannot unpack ${what}: ${reasonOf(error)}`, { cause: error });
    }
  }
  await unpacker.checkLinks();
}

async function* abortable(
  source: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of source) {
    signal?.throwIfAborted();
    yield chunk;
  }
}
