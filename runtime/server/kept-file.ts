import { statusAt } from './file-status.ts';
import type { FileFacts, OpenFile } from './public-file.ts';
import { SharedLook } from './shared-look.ts';

/** Text travels together with the headers in one write; what is longer is sooner sent as it is. */
const TEXT_BYTES = 16_384;

/** Bytes that what is known of a file takes besides its content and name. */
const OVERHEAD_BYTES = 1_024;

/** A file of `public/` whose content is in memory. */
export class KeptFile implements FileFacts {
  readonly size: number;
  readonly etag: string;
  readonly modified: number | undefined;
  readonly lines: FileFacts['lines'];
  readonly type: string;
  /** One character for each byte, or the bytes. */
  readonly content: string | Buffer;
  /** Asked for since somebody looked for what can go. */
  isUsed = false;
  readonly #name: string;
  readonly #identity: string;
  readonly #absent: string | undefined;
  readonly #current = new SharedLook(() => this.#look());

  /** `absent` is a name that would come before its own if anything had it. */
  constructor(file: OpenFile, content: Buffer, absent: string | undefined) {
    this.size = file.size;
    this.etag = file.etag;
    this.modified = file.modified;
    this.lines = file.lines;
    this.type = file.type;
    this.content = content.length > TEXT_BYTES ? content : content.toString('latin1');
    this.#name = file.name;
    this.#identity = file.identity;
    this.#absent = absent;
  }

  /** Memory it takes, in bytes. */
  get weight(): number {
    return this.size + this.#name.length + OVERHEAD_BYTES;
  }

  /** Whether its name still leads to this very file, unchanged. */
  isCurrent(): Promise<boolean> {
    return this.#current.take();
  }

  async #look(): Promise<boolean> {
    if (this.#absent === undefined) return (await statusAt(this.#name))?.identity === this.#identity;
    const [own, other] = await Promise.all([statusAt(this.#name), statusAt(this.#absent)]);
    return own?.identity === this.#identity && other === undefined;
  }
}
