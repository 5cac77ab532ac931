import type { ImageConfig } from '../image/config.ts';
import type { Digest } from '../image/digest.ts';
import type { Compression } from '../image/media-types.ts';

/** An image as it is read back from a place, its documents verified and its layers not yet. */
export interface StoredImage {
  /** Digest of its manifest; of its config where it has no manifest, as in what `docker save` wrote of old. */
  readonly id: Digest;
  /** As the place spells them. */
  readonly names: readonly string[];
  readonly config: ImageConfig;
  /** Lowest first. */
  readonly layers: readonly StoredLayer[];
}

export interface StoredLayer {
  /** For messages: `layer 2 of "apps.tar"`. */
  readonly what: string;
  readonly compression: Compression;
  /** Bytes as it is stored. */
  readonly size: number;
  /** Digest of what `open` gives after decompression. */
  readonly diffId: Digest;
  /** The stored bytes; the stream fails if they are not what a descriptor promised. */
  open(): AsyncIterable<Uint8Array>;
}
