import { GuestLimitExceeded } from './end.ts';
import { formatBytes } from './limits.ts';
import { Filetype, type GuestStream } from './stream.ts';

/** stdin out of bytes at hand, with its end after the last one. */
export class MemoryInput implements GuestStream {
  readonly filetype: number = Filetype.unknown;
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get available(): number {
    return this.#bytes.length - this.#position;
  }

  read(into: Uint8Array<ArrayBuffer>): number {
    const chunk = this.#bytes.subarray(this.#position, this.#position + into.length);
    into.set(chunk);
    this.#position += chunk.length;
    return chunk.length;
  }
}

export interface MemoryOutputOptions {
  /** As messages call it, e.g. `stdout`. */
  readonly name: string;
  /** Bytes kept. */
  readonly limit: number;
  /** Past the limit, `stop` ends the guest and `drop` goes on without keeping more. */
  readonly beyond: 'stop' | 'drop';
}

const FIRST_CAPACITY = 1024;
const EMPTY = new Uint8Array(0);

/** stdout or stderr into one buffer of bounded size. */
export class MemoryOutput implements GuestStream {
  readonly filetype: number = Filetype.unknown;
  readonly #options: MemoryOutputOptions;
  // One growing buffer and no list of chunks: a guest may write its megabytes one byte at a time.
  #buffer: Uint8Array<ArrayBuffer> = EMPTY;
  #length = 0;
  #dropped = 0;
  #isOverfull = false;

  constructor(options: MemoryOutputOptions) {
    this.#options = options;
  }

  /** Bytes that came after the limit and were not kept. */
  get dropped(): number {
    return this.#dropped;
  }

  /** More came than the limit allows. */
  get isOverfull(): boolean {
    return this.#isOverfull;
  }

  write(from: Uint8Array<ArrayBuffer>): number {
    const room = this.#options.limit - this.#length;
    const kept = from.length > room ? from.subarray(0, room) : from;
    this.#reserve(this.#length + kept.length);
    this.#buffer.set(kept, this.#length);
    this.#length += kept.length;
    if (kept.length === from.length) return from.length;
    this.#isOverfull = true;
    if (this.#options.beyond === 'stop') {
      const limit = formatBytes(this.#options.limit);
      throw new GuestLimitExceeded(`wrote more than ${limit} to ${this.#options.name}`);
    }
    this.#dropped += from.length - kept.length;
    return from.length;
  }

  /** What was kept, as a view that is valid until the next write. */
  contents(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(size: number): void {
    if (size <= this.#buffer.length) return;
    const capacity = Math.min(this.#options.limit, Math.max(FIRST_CAPACITY, size, this.#buffer.length * 2));
    // Of the pool, which is cheaper, as long as it is small; what is not written to is never shown.
    const grown = Buffer.allocUnsafe(capacity);
    grown.set(this.contents());
    this.#buffer = grown;
  }
}
