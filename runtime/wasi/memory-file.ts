import { ftruncateSync, readSync, writeSync } from 'node:fs';
import { close } from './kernel.ts';
import { memfdCreate, seal } from './memory-kernel.ts';

const BLOCK_BYTES = 64 * 1024;
const ZEROES = Buffer.alloc(BLOCK_BYTES);

/** The contents of a memory in a file that nobody can change, for memories to be mapped to (`MappedMemory`). */
export class MemoryFile implements Disposable {
  readonly fd: number;
  /** Bytes; whole pages of WebAssembly. */
  readonly length: number;

  private constructor(fd: number, length: number) {
    this.fd = fd;
    this.length = length;
  }

  /** Zeroes follow `contents` up to `length`. @throws KernelError where the system has no such files, or no more */
  static of(contents: Uint8Array, length: number = contents.length): MemoryFile {
    const fd = memfdCreate('wws-memory');
    try {
      ftruncateSync(fd, length);
      // What is not written takes no memory.
      for (let at = 0; at < contents.length; at += BLOCK_BYTES) {
        const block = contents.subarray(at, at + BLOCK_BYTES);
        if (!ZEROES.subarray(0, block.length).equals(block)) writeAll(fd, block, at);
      }
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

function writeAll(fd: number, block: Uint8Array, position: number): void {
  for (let done = 0; done < block.length; ) {
    done += writeSync(fd, block, done, block.length - done, position + done);
  }
}
