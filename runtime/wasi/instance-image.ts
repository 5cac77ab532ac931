import type { StateExports } from './expose-state.ts';

const PAGE_BYTES = 4096;
/** In which memories grow. */
const WASM_PAGE_BYTES = 65536;
const ZEROES = Buffer.alloc(PAGE_BYTES);

/** Copying this much into a memory at hand is always cheaper than a new instance. */
const SMALL_BYTES = 2 * 1024 * 1024;

/**
 * Above it, it depends: a new memory takes a page fault for each page of data, and pages of zeroes are free
 * until touched. A fault costs about as much as copying so many pages.
 */
const PAGES_PER_FAULT = 16;

/** An instance with a hand on all of its state. */
export interface OpenInstance {
  readonly instance: WebAssembly.Instance;
  readonly memory: WebAssembly.Memory | undefined;
  readonly globals: readonly WebAssembly.Global[];
}

/** `state` is what the instance's module exports (`exposeState`), undefined for nothing. */
export function openInstance(instance: WebAssembly.Instance, state: StateExports | undefined): OpenInstance {
  const { exports } = instance;
  if (state === undefined) return { instance, memory: undefined, globals: [] };
  return {
    instance,
    memory: state.memory === undefined ? undefined : (exports[state.memory] as WebAssembly.Memory),
    globals: state.globals.map((name) => exports[name] as WebAssembly.Global),
  };
}

/** The state of an instance at one moment: what is in its memory and its mutable globals. */
export class InstanceImage {
  /** Bytes the memory had. */
  readonly length: number;
  /** Up to the last page that is not all zeroes. */
  readonly #data: Uint8Array;
  readonly #globals: readonly (number | bigint)[];

  private constructor(length: number, data: Uint8Array, globals: readonly (number | bigint)[]) {
    this.length = length;
    this.#data = data;
    this.#globals = globals;
  }

  /**
   * Undefined when it would not do: a NaN loses its payload on the way through JavaScript, and a large memory
   * with little in it is sooner made anew.
   */
  static take({ memory, globals }: OpenInstance): InstanceImage | undefined {
    const values = globals.map((global) => global.value);
    if (values.some((value) => Number.isNaN(value))) return undefined;
    const view = Buffer.from(memory?.buffer ?? new ArrayBuffer(0));
    let pages = 0;
    let end = 0;
    for (let at = 0; at < view.length; at += PAGE_BYTES) {
      if (view.compare(ZEROES, 0, PAGE_BYTES, at, at + PAGE_BYTES) === 0) continue;
      pages += 1;
      end = at + PAGE_BYTES;
    }
    if (view.length > Math.max(SMALL_BYTES, pages * PAGES_PER_FAULT * PAGE_BYTES)) return undefined;
    return new InstanceImage(view.length, new Uint8Array(view.subarray(0, end)), values);
  }

  /** Puts the state into an instance of the same module that has not outgrown it. */
  restore({ memory, globals }: OpenInstance): void {
    if (memory !== undefined) {
      const missing = this.length - memory.buffer.byteLength;
      if (missing > 0) memory.grow(missing / WASM_PAGE_BYTES);
      const view = new Uint8Array(memory.buffer);
      view.set(this.#data);
      view.fill(0, this.#data.length);
    }
    for (let i = 0; i < globals.length; i++) {
      const global = globals[i];
      const value = this.#globals[i];
      if (global !== undefined && value !== undefined) global.value = value;
    }
  }

  /** Whether the memory has grown since: it cannot be made smaller again, so the instance cannot be restored. */
  isOutgrown({ memory }: OpenInstance): boolean {
    return memory !== undefined && memory.buffer.byteLength !== this.length;
  }
}
