import { ftruncateSync, readSync, writeSync } from 'node:fs';
import { close } from './kernel.ts';
import { mapPrivately, mapZeroes, memfdCreate, seal } from './memory-kernel.ts';

const PART_BYTES = 64 * 1024;
const ZEROES = Buffer.alloc(PART_BYTES);

/** Bytes of a memory, and where they are in it. */
export interface MemoryBlock {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Where in the file the bytes are that belong at `start` of the memory. */
interface Piece {
  readonly start: number;
  readonly length: number;
  readonly offset: number;
}

/**
 * The contents of a memory in a file that nobody can change, for memories to be mapped to (`MappedMemory`). It may be
 * a layer over another one, and hold no more than what differs: images of the workers of one interpreter share that.
 */
export class MemoryFile implements Disposable {
  /** Bytes; whole pages of WebAssembly. */
  readonly length: number;
  readonly #fd: number;
  readonly #pieces: readonly Piece[];
  readonly #base: MemoryFile | undefined;

  private constructor(fd: number, length: number, pieces: readonly Piece[], base?: MemoryFile) {
    this.length = length;
    this.#fd = fd;
    this.#pieces = pieces;
    this.#base = base;
  }

  /** There are zeroes where there are no blocks. @throws KernelError where the system has no such files, or no more */
  static of(blocks: readonly MemoryBlock[], length: number): MemoryFile {
    const fd = sealedFile(length, (file) => {
      for (const { start, bytes } of blocks) writeBlock(file, start, bytes);
    });
    return new MemoryFile(fd, length, [{ start: 0, length, offset: 0 }]);
  }

  /** `blocks`, whole pages in order, over `base`, which must live as long. @throws KernelError */
  static over(base: MemoryFile, blocks: readonly MemoryBlock[], length: number): MemoryFile {
    const pieces: Piece[] = [];
    let end = 0;
    for (const { start, bytes } of blocks) {
      pieces.push({ start, length: bytes.length, offset: end });
      end += bytes.length;
    }
    const fd = sealedFile(end, (file) => {
      for (const [index, { offset }] of pieces.entries())
        writeAll(file, blocks[index]?.bytes ?? new Uint8Array(0), offset);
    });
    return new MemoryFile(fd, length, pieces, base);
  }

  /** A copy of the bytes from `start` to `end`; zeroes beyond the end of the file. */
  read(start: number, end: number): Uint8Array {
    const bytes = this.#base?.read(start, end) ?? new Uint8Array(end - start);
    for (const piece of this.#pieces) {
      const from = Math.max(start, piece.start);
      const to = Math.min(end, piece.start + piece.length);
      if (from < to)
        readAll(this.#fd, bytes.subarray(from - start, to - start), piece.offset + from - piece.start);
    }
    return bytes;
  }

  /** Puts it in the place of a memory that is at `address`, and at least as long. @throws KernelError */
  mapAt(address: bigint): void {
    this.#base?.mapAt(address);
    const mapped = this.#base?.length ?? 0;
    if (this.#base !== undefined && this.length > mapped)
      mapZeroes(address + BigInt(mapped), this.length - mapped);
    for (const { start, length, offset } of this.#pieces)
      mapPrivately(address + BigInt(start), length, this.#fd, offset);
  }

  /** Memories that are mapped stay as they are. */
  [Symbol.dispose](): void {
    close(this.#fd);
  }
}

function sealedFile(length: number, write: (fd: number) => void): number {
  const fd = memfdCreate('wws-memory');
  try {
    ftruncateSync(fd, length);
    write(fd);
    seal(fd);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

function readAll(fd: number, into: Uint8Array, position: number): void {
  for (let done = 0; done < into.length; ) {
    const count = readSync(fd, into, done, into.length - done, position + done);
    if (count === 0) return;
    done += count;
  }
}

/** What is not written takes no memory. */
function writeBlock(fd: number, start: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += PART_BYTES) {
    const part = bytes.subarray(at, at + PART_BYTES);
    if (!ZEROES.subarray(0, part.length).equals(part)) writeAll(fd, part, start + at);
  }
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}
