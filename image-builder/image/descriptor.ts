import type { Digest } from './digest.ts';

/** Points at a blob, image-spec descriptor.md; keys in the order they are written. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A descriptor together with a way to its bytes. */
export interface ImageBlob {
  readonly descriptor: Descriptor;
  open(): AsyncIterable<Uint8Array>;
}
