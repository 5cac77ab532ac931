import { type HotPages, type RestorePlan, runsOf } from './hot-pages.ts';
import { MemoryFile } from './memory-file.ts';
import { addressOf, dropPages, keepPagesSmall } from './memory-kernel.ts';
import { PAGE_BYTES, type TouchedPages, touchedPages } from './pagemap.ts';

/** What is copied back by a plan: bytes and where they belong. */
interface HotCopy {
  readonly start: number;
  readonly bytes: Uint8Array;
}

interface ColdStretch {
  readonly start: number;
  readonly address: bigint;
  readonly length: bigint;
}

/** The hot bytes of a plan, which the memories of one image share. */
export class HotCopies {
  readonly pages: HotPages;
  readonly #file: MemoryFile;
  #copies: readonly HotCopy[] = [];

  constructor(pages: HotPages, file: MemoryFile) {
    this.pages = pages;
    this.#file = file;
  }

  get copies(): readonly HotCopy[] {
    return this.#copies;
  }

  note(touched: TouchedPages): void {
    if (!this.pages.note(touched)) return;
    this.#copies = this.pages.plan.hot.map(({ start, end }) => ({
      start,
      bytes: this.#file.read(start, end),
    }));
  }
}

/**
 * A guest's memory mapped to a file of its first contents, so that a page is the file's until it is written to. It
 * is put back by copying the pages that runs are known to touch and dropping all others, which costs nothing where
 * no page is. What lies behind the file, when it has grown, is zeroes.
 *
 * V8 knows nothing of it. It keeps a memory where it is, as long as its instance lives.
 */
export class MappedMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #file: MemoryFile;
  readonly #hot: HotCopies;
  readonly #address: bigint;
  #view: Uint8Array;
  /** All pages had been dropped before the run that is over. */
  #wasEmpty = true;
  /** The stretches that `#plan` has dropped, as the kernel wants them. */
  #cold: readonly ColdStretch[] = [];
  #plan: RestorePlan | undefined;

  /** The memory has at least the file's length. @throws KernelError; the memory is then not to be used */
  constructor(memory: WebAssembly.Memory, file: MemoryFile, hot: HotCopies) {
    this.#memory = memory;
    this.#file = file;
    this.#hot = hot;
    this.#view = new Uint8Array(memory.buffer);
    this.#address = addressOf(memory.buffer as ArrayBuffer);
    keepPagesSmall(this.#address, this.#view.length);
    file.mapAt(this.#address);
    this.#drop(file.length, this.#view.length);
  }

  /** Whether it is still where it was mapped. */
  get isInPlace(): boolean {
    if (this.#view.buffer === this.#memory.buffer) return true;
    const view = new Uint8Array(this.#memory.buffer);
    if (addressOf(view.buffer as ArrayBuffer) !== this.#address) return false;
    keepPagesSmall(this.#address, view.length);
    this.#view = view;
    return true;
  }

  /** Puts the first contents back. It must be in place. */
  restore(): void {
    const { pages, copies } = this.#hot;
    const view = this.#view;
    if (pages.isLooking) {
      if (this.#wasEmpty) this.#hot.note(this.#touched());
      this.#drop(0, view.length);
      this.#wasEmpty = true;
      return;
    }
    pages.used();
    this.#wasEmpty = false;
    let end = 0;
    for (const { start, bytes } of copies) {
      // Another memory of this image has grown further than this one.
      if (start + bytes.length > view.length) break;
      view.set(bytes, start);
      end = start + bytes.length;
    }
    for (const { start, address, length } of this.#coldOf(pages.plan)) {
      if (start >= end) break;
      dropPages(address, length);
    }
    this.#drop(end, view.length);
  }

  /** What it holds now, as a layer over what it was mapped to. @throws KernelError; Error when out of place */
  layer(): MemoryFile {
    if (!this.isInPlace) throw new Error('Cannot take an image: the memory has moved');
    const runs = runsOf(this.#touched().own);
    const blocks = runs.map(({ start, end }) => ({ start, bytes: this.#view.subarray(start, end) }));
    return MemoryFile.over(this.#file, blocks, this.#view.length);
  }

  #coldOf(plan: RestorePlan): readonly ColdStretch[] {
    if (plan !== this.#plan) {
      this.#plan = plan;
      this.#cold = plan.cold.map(({ start, end }) => ({
        start,
        address: this.#address + BigInt(start),
        length: BigInt(end - start),
      }));
    }
    return this.#cold;
  }

  #drop(start: number, end: number): void {
    if (end > start) dropPages(this.#address + BigInt(start), BigInt(end - start));
  }

  #touched(): TouchedPages {
    return touchedPages(this.#address, this.#view.length) ?? this.#changed();
  }

  /** By looking at the contents: what was only read is not among them. */
  #changed(): TouchedPages {
    const STEP_BYTES = 256 * PAGE_BYTES;
    const own: number[] = [];
    for (let at = 0; at < this.#view.length; at += STEP_BYTES) {
      const now = this.#view.subarray(at, at + STEP_BYTES);
      const first = Buffer.from(this.#file.read(at, at + now.length).buffer);
      if (first.equals(now)) continue;
      for (let page = 0; page < now.length; page += PAGE_BYTES) {
        if (first.compare(now, page, page + PAGE_BYTES, page, page + PAGE_BYTES) !== 0)
          own.push((at + page) / PAGE_BYTES);
      }
    }
    return { present: own, own };
  }
}
