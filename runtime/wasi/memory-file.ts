import { ftruncateSync, readSync, writeSync } from 'node:fs';
import { close } from './kernel.ts';
import { memfdCreate, seal } from './memory-kernel.ts';

const PART_BYTES = 64 * 1024;
const ZEROES = Buffer.alloc(PART_BYTES);

/** Bytes of a memory, and where they are in it. */
export interface MemoryBlock {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** The contents of a memory in a file that nobody can change, for memories to be mapped to (`MappedMemory`). */
export class MemoryFile implements Disposable {
  readonly fd: number;
  /** Bytes; whole pages of WebAssembly. */
  readonly length: number;

  private constructor(fd: number, length: number) {
    this.fd = fd;
    this.length = length;
  }

  /** There are zeroes where there are no blocks. @throws KernelError where the system has no such files, or no more */
  static of(blocks: readonly MemoryBlock[], length: number): MemoryFile {
    const fd = memfdCreate('wws-memory');
    try {
      ftruncateSync(fd, length);
      for (const { start, bytes } of blocks) writeBlock(fd, start, bytes);
      seal(fd);
      return new MemoryFile(fd, length);
    } catch (error) {
      close(fd);
      throw error;
    }
  }

  /** A copy of the bytes from `start` to `end`; zeroes beyond the end of the file. */
  read(start: number, end: number): Uint8Array {
    const bytes = new Uint8Array(end - start);
    for (let done = 0; done < bytes.length; ) {
      const count = readSync(this.fd, bytes, done, bytes.length - done, start + done);
      if (count === 0) break;
      done += count;
    }
    return bytes;
  }

  /** Memories that are mapped stay as they are. */
  [Symbol.dispose](): void {
    close(this.fd);
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
