import { errorCode } from './errno.ts';
import type { StateExports } from './expose-state.ts';
import { HotPages } from './hot-pages.ts';
import { HotCopies, MappedMemory } from './mapped-memory.ts';
import { type MemoryBlock, MemoryFile } from './memory-file.ts';

const PAGE_BYTES = 4096;
/** In which memories grow. */
const WASM_PAGE_BYTES = 65536;
const ZEROES = Buffer.alloc(PAGE_BYTES);
const NOTHING = new Uint8Array(0);

/** Up to here a memory is copied back whole: that takes less than the system calls by which a larger one is restored. */
const SMALL_BYTES = 1024 * 1024;

/** Where memories cannot be mapped, this much is copied all the same. */
const COPIED_BYTES = 2 * 1024 * 1024;

/**
 * There, above it, it depends: a new memory takes a page fault for each page of data, and pages of zeroes are free
 * until touched. A fault costs about as much as copying so many pages.
 */
const PAGES_PER_FAULT = 16;

/** An instance with a hand on all of its state. */
export interface OpenInstance {
  readonly instance: WebAssembly.Instance;
  readonly memory: WebAssembly.Memory | undefined;
  readonly globals: readonly WebAssembly.Global[];
  /** Of the globals, the one that holds how many pages the memory has in the module's eyes. */
  readonly size: WebAssembly.Global | undefined;
}

/** `state` is what the instance's module exports (`exposeState`), undefined for nothing. */
export function openInstance(instance: WebAssembly.Instance, state: StateExports | undefined): OpenInstance {
  const { exports } = instance;
  if (state === undefined) return { instance, memory: undefined, globals: [], size: undefined };
  const global = (name: string): WebAssembly.Global => exports[name] as WebAssembly.Global;
  return {
    instance,
    memory: state.memory === undefined ? undefined : (exports[state.memory] as WebAssembly.Memory),
    globals: state.globals.map(global),
    size: state.size === undefined ? undefined : global(state.size),
  };
}

/** What an image is made of, for keeping it elsewhere. */
export interface ImageContents {
  /** Bytes the memory has; whole pages of WebAssembly. */
  readonly length: number;
  /** What is not zeroes, in order. */
  readonly blocks: readonly MemoryBlock[];
  readonly globals: readonly (number | bigint)[];
}

/**
 * The state of an instance at one moment: what is in its memory and its mutable globals. A small memory is put back
 * by copying, a large one page by page (`MappedMemory`), where this system and Node can do that.
 */
export class InstanceImage implements Disposable {
  /** Bytes the memory had. */
  readonly length: number;
  readonly #globals: readonly (number | bigint)[];
  /** Up to the last page that is not all zeroes; nothing where there is a file from the beginning. */
  readonly #data: Uint8Array;
  /** Made with the image of a large memory, else for the first instance whose memory has become large. */
  #file: MemoryFile | undefined;
  #hot: HotCopies | undefined;
  readonly #mapped = new WeakMap<OpenInstance, MappedMemory>();
  #canMap = canMap();

  private constructor(
    { length, globals }: Pick<ImageContents, 'length' | 'globals'>,
    contents: MemoryFile | Uint8Array,
  ) {
    this.length = length;
    this.#globals = globals;
    this.#file = contents instanceof MemoryFile ? contents : undefined;
    this.#data = contents instanceof MemoryFile ? NOTHING : contents;
  }

  /**
   * Undefined when it would not do: a NaN loses its payload on the way through JavaScript, and a large memory
   * with little in it is sooner made anew than copied.
   */
  static take({ memory, globals }: OpenInstance): InstanceImage | undefined {
    const values = globals.map((global) => global.value);
    if (values.some((value) => Number.isNaN(value))) return undefined;
    const view = Buffer.from(memory?.buffer ?? new ArrayBuffer(0));
    const { length } = view;
    const parts = { length, globals: values };
    const file = length > SMALL_BYTES ? fileOf([{ start: 0, bytes: view }], length) : undefined;
    if (file !== undefined) return new InstanceImage(parts, file);
    let pages = 0;
    let end = 0;
    for (let at = 0; at < length; at += PAGE_BYTES) {
      if (view.compare(ZEROES, 0, PAGE_BYTES, at, at + PAGE_BYTES) === 0) continue;
      pages += 1;
      end = at + PAGE_BYTES;
    }
    if (length > Math.max(COPIED_BYTES, pages * PAGES_PER_FAULT * PAGE_BYTES)) return undefined;
    return new InstanceImage(parts, new Uint8Array(view.subarray(0, end)));
  }

  /** As `take`, of an instance that began with this image, so that what it has not written to is shared. */
  takeNext(open: OpenInstance): InstanceImage | undefined {
    const mapped = this.#mapped.get(open);
    const globals = open.globals.map((global) => global.value);
    if (mapped === undefined || globals.some((value) => Number.isNaN(value))) return InstanceImage.take(open);
    const file = mapped.layer();
    return new InstanceImage({ length: file.length, globals }, file);
  }

  /** An image that was taken elsewhere. */
  static of({ length, blocks, globals }: ImageContents): InstanceImage {
    const parts = { length, globals };
    const file = length > SMALL_BYTES ? fileOf(blocks, length) : undefined;
    if (file !== undefined) return new InstanceImage(parts, file);
    const last = blocks.at(-1);
    const data = new Uint8Array(last === undefined ? 0 : last.start + last.bytes.length);
    for (const { start, bytes } of blocks) data.set(bytes, start);
    return new InstanceImage(parts, data);
  }

  contents(): ImageContents {
    const all = this.#file?.read(0, this.length) ?? this.#data;
    return { length: this.length, blocks: blocksOf(all), globals: this.#globals };
  }

  /** Puts the state into an instance of the same module that has not outgrown it. */
  restore(open: OpenInstance): void {
    if (open.memory !== undefined) this.#restoreMemory(open, open.memory);
    const { globals } = open;
    for (let i = 0; i < globals.length; i++) {
      const global = globals[i];
      const value = this.#globals[i];
      if (global !== undefined && value !== undefined) global.value = value;
    }
  }

  /**
   * Whether the instance cannot be restored, or sooner made anew: its memory has grown, which it sees, or has
   * grown far where all of it would have to be cleared.
   */
  isOutgrown(open: OpenInstance): boolean {
    const { memory, size } = open;
    if (memory === undefined) return false;
    const { byteLength } = memory.buffer;
    if (size === undefined && byteLength !== this.length) return true;
    const mapped = this.#mapped.get(open);
    if (mapped !== undefined) return !mapped.isInPlace;
    return byteLength > Math.max(COPIED_BYTES, this.length) && this.#fileForMapping() === undefined;
  }

  #restoreMemory(open: OpenInstance, memory: WebAssembly.Memory): void {
    const missing = this.length - memory.buffer.byteLength;
    if (missing > 0) memory.grow(missing / WASM_PAGE_BYTES);
    const mapped = this.#mapped.get(open) ?? this.#map(open, memory);
    if (mapped !== undefined) {
      mapped.restore();
      return;
    }
    const view = new Uint8Array(memory.buffer);
    view.set(this.#data);
    view.fill(0, this.#data.length);
  }

  #map(open: OpenInstance, memory: WebAssembly.Memory): MappedMemory | undefined {
    if (memory.buffer.byteLength <= SMALL_BYTES) return undefined;
    const file = this.#fileForMapping();
    if (file === undefined) return undefined;
    this.#hot ??= new HotCopies(new HotPages(), file);
    try {
      const mapped = new MappedMemory(memory, file, this.#hot);
      this.#mapped.set(open, mapped);
      return mapped;
    } catch (error) {
      // What became of this memory is not known; the next one is copied.
      this[Symbol.dispose]();
      throw error;
    }
  }

  #fileForMapping(): MemoryFile | undefined {
    if (this.#file !== undefined || !this.#canMap) return this.#file;
    this.#file = fileOf([{ start: 0, bytes: this.#data }], this.length);
    this.#canMap = this.#file !== undefined;
    return this.#file;
  }

  [Symbol.dispose](): void {
    this.#file?.[Symbol.dispose]();
    this.#file = undefined;
    this.#canMap = false;
  }
}

function canMap(): boolean {
  return process.getBuiltinModule('node:ffi') !== undefined;
}

/** Undefined without descriptors left, or a kernel that has such files: what can be copied is copied. */
function fileOf(blocks: readonly MemoryBlock[], length: number): MemoryFile | undefined {
  if (!canMap()) return undefined;
  try {
    return MemoryFile.of(blocks, length);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** Runs of pages that are not all zeroes. */
function blocksOf(memory: Uint8Array): MemoryBlock[] {
  const blocks: MemoryBlock[] = [];
  let start: number | undefined;
  const view = Buffer.from(memory.buffer, memory.byteOffset, memory.length);
  for (let at = 0; at <= view.length; at += PAGE_BYTES) {
    const end = Math.min(at + PAGE_BYTES, view.length);
    const isEmpty = at >= view.length || view.compare(ZEROES, 0, end - at, at, end) === 0;
    if (!isEmpty) start ??= at;
    if (!isEmpty || start === undefined) continue;
    blocks.push({ start, bytes: view.subarray(start, at) });
    start = undefined;
  }
  return blocks;
}
