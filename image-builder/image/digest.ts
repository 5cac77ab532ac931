import { createHash } from 'node:crypto';

/** A content address, image-spec descriptor.md#digests; sha256 is the one algorithm engines agree on. */
export type Digest = `sha256:${string}`;

const form = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return form.test(text);
}

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The 64 hexadecimal digits after the algorithm. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length);
}

/** Adds up bytes as they pass by. */
export class Digester {
  readonly #hash = createHash('sha256');
  #size = 0;

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#size += bytes.byteLength;
  }

  /** Bytes seen so far. */
  get size(): number {
    return this.#size;
  }

  /** Ends the sum; to be asked once. */
  digest(): Digest {
    return `sha256:${this.#hash.digest('hex')}`;
  }
}
