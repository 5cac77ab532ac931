import { WasiError } from './errno.ts';

/** Most buffers one scattered read or write looks at; the rest is a short count, as POSIX allows. */
const MAXIMUM_VECTORS = 1024;

/**
 * A guest's memory as the host reads and writes it. Every access checks its bounds (`fault`) and takes
 * the buffer anew when the guest has grown its memory, which detaches the old one.
 */
export class GuestMemory {
  #memory: WebAssembly.Memory | undefined;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #refusals: WebAssembly.Global | undefined;

  /**
   * Hands over the memory of an instance, and where it counts how often growth was refused, if it does; before
   * this, every access is a fault.
   */
  attach(memory: WebAssembly.Memory, refusals?: WebAssembly.Global): void {
    this.#refusals = refusals;
    this.#memory = memory;
    this.#view = new DataView(memory.buffer);
  }

  /** Bytes, as far as the guest has grown it. */
  get size(): number {
    return this.#memory?.buffer.byteLength ?? 0;
  }

  /** How often the memory was not allowed to grow; undefined where nobody counts. */
  get refusals(): number | undefined {
    return this.#refusals === undefined ? undefined : Number(this.#refusals.value);
  }

  #at(pointer: number, size: number): DataView {
    if (this.#memory === undefined) throw new WasiError('fault');
    if (this.#view.buffer !== this.#memory.buffer) this.#view = new DataView(this.#memory.buffer);
    if (pointer + size > this.#view.byteLength) throw new WasiError('fault');
    return this.#view;
  }

  /** The guest's own bytes, valid until the guest runs again. */
  bytes(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    const start = pointer >>> 0;
    const size = length >>> 0;
    return new Uint8Array(this.#at(start, size).buffer as ArrayBuffer, start, size);
  }

  u8(pointer: number): number {
    return this.#at(pointer >>> 0, 1).getUint8(pointer >>> 0);
  }

  u16(pointer: number): number {
    return this.#at(pointer >>> 0, 2).getUint16(pointer >>> 0, true);
  }

  u32(pointer: number): number {
    return this.#at(pointer >>> 0, 4).getUint32(pointer >>> 0, true);
  }

  u64(pointer: number): bigint {
    return this.#at(pointer >>> 0, 8).getBigUint64(pointer >>> 0, true);
  }

  setU8(pointer: number, value: number): void {
    this.#at(pointer >>> 0, 1).setUint8(pointer >>> 0, value);
  }

  setU16(pointer: number, value: number): void {
    this.#at(pointer >>> 0, 2).setUint16(pointer >>> 0, value, true);
  }

  setU32(pointer: number, value: number): void {
    this.#at(pointer >>> 0, 4).setUint32(pointer >>> 0, value, true);
  }

  setU64(pointer: number, value: bigint): void {
    this.#at(pointer >>> 0, 8).setBigUint64(pointer >>> 0, value, true);
  }

  /** The non-empty buffers of an array of `iovec` or `ciovec` (8 bytes each: pointer, length). */
  vectors(pointer: number, count: number): Uint8Array<ArrayBuffer>[] {
    const list: Uint8Array<ArrayBuffer>[] = [];
    const start = pointer >>> 0;
    const taken = Math.min(count >>> 0, MAXIMUM_VECTORS);
    for (let i = 0; i < taken; i++) {
      const length = this.u32(start + 8 * i + 4);
      if (length > 0) list.push(this.bytes(this.u32(start + 8 * i), length));
    }
    return list;
  }
}
