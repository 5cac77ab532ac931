/** What a guest says on stderr, up to a bound; then only how much was lost. */
export class StderrBuffer {
  readonly #maximum: number;
  #chunks: Uint8Array[] = [];
  #length = 0;
  #dropped = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** False when some of it was dropped. */
  write(bytes: Uint8Array): boolean {
    const room = Math.max(this.#maximum - this.#length, 0);
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    if (kept.length > 0) this.#chunks.push(kept);
    this.#length += kept.length;
    this.#dropped += bytes.length - kept.length;
    return kept.length === bytes.length;
  }

  /** Everything so far; the buffer is empty afterwards. */
  take(): Uint8Array {
    if (this.#length === 0 && this.#dropped === 0) return EMPTY;
    if (this.#dropped > 0) this.#chunks.push(Buffer.from(`\n[${this.#dropped} more bytes dropped]\n`));
    const all = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#length = 0;
    this.#dropped = 0;
    return all;
  }
}

const EMPTY = new Uint8Array();
