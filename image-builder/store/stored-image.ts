import type { ImageConfig } from '../image/config.ts';
import type { Digest } from '../image/digest.ts';
import type { Compression } from '../image/media-types.ts';

/** An image as it is read back from a place, its documents verified and its layers not yet. */
export interface StoredImage {
  readonly config: ImageConfig;
  /** Lowest first. */
  readonly layers: readonly StoredLayer[];
}

export interface StoredLayer {
  /** For messages: `layer 2 of "apps.tar"`. */
  readonly what: string;
  readonly compression: Compression;
  /** Digest of what `open` gives after decompression. */
  readonly diffId: Digest;
  /** The stored bytes; the stream fails if they are not what a descriptor promised. */
  open(): AsyncIterable<Uint8Array>;
}
