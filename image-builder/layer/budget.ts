import { ImageError } from '../errors.ts';

/** How much an image may hold before it counts as an attack on the disk it is unpacked to. */
export interface Limits {
  /** Bytes of all layers together, uncompressed. */
  readonly bytes: number;
  /** Files, directories and links, deletions too. */
  readonly entries: number;
  readonly layers: number;
}

export const defaultLimits: Limits = { bytes: 4 * 1024 ** 3, entries: 200_000, layers: 127 };

/** Counts down what is left of the limits while one image is unpacked. */
export class Budget {
  readonly #limits: Limits;
  #bytes = 0;
  #entries = 0;

  constructor(limits: Limits = defaultLimits) {
    this.#limits = limits;
  }

  spendLayers(count: number): void {
    if (count > this.#limits.layers) throw tooMuch(`more than ${this.#limits.layers} layers`);
  }

  spendEntry(): void {
    this.#entries += 1;
    if (this.#entries > this.#limits.entries) throw tooMuch(`more than ${this.#limits.entries} entries`);
  }

  /** Passes `source` on as long as there are bytes left. */
  async *spendBytes(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of source) {
      this.#bytes += chunk.byteLength;
      if (this.#bytes > this.#limits.bytes)
        throw tooMuch(`more than ${this.#limits.bytes} bytes uncompressed`);
      yield chunk;
    }
  }
}

function tooMuch(what: string): ImageError {
  return new ImageError('unsafe', `Cannot unpack the image: it has ${what}`);
}
