import { placeOf, statusAt } from './file-status.ts';
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
  readonly #place: string;
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
    this.#place = file.place;
    this.#identity = file.identity;
    this.#absent = absent;
  }

  /** Memory it takes, in bytes. */
  get weight(): number {
    return this.size + this.#name.length + this.#place.length + OVERHEAD_BYTES;
  }

  /** Whether its name still leads to this very file, unchanged. */
  isCurrent(): Promise<boolean> {
    return this.#current.take();
  }

  async #look(): Promise<boolean> {
    const [status, place, other] = await Promise.all([
      statusAt(this.#name),
      // The same file may have been moved outside with its directory, and a link have taken its place.
      placeOf(this.#name),
      this.#absent === undefined ? undefined : statusAt(this.#absent),
    ]);
    return status?.identity === this.#identity && place === this.#place && other === undefined;
  }
}
