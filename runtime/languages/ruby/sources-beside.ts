import { readSync } from 'node:fs';
import path from 'node:path';
import { ProjectFiles } from '#runtime/languages/javascript/project-files.ts';
import { errorCode } from '#runtime/wasi/errno.ts';
import type { NoteSource } from '#runtime/worker/guest.ts';
import { statusOf } from '#runtime/worker/source-file.ts';

const EXTENSION = '.rb';

/** Ruby files in the directory of a worker and below: no other file there is a worker's to read. */
export class SourcesBeside {
  readonly #root: string;
  readonly #directory: string;
  readonly #limit: number;
  readonly #note: NoteSource;

  /** `name` is the worker's path below `root`, `limit` how many bytes a file may have. */
  constructor({ root, name, limit }: { root: string; name: string; limit: number }, note: NoteSource) {
    this.#root = root;
    this.#directory = path.dirname(name);
    this.#limit = limit;
    this.#note = note;
  }

  /** A file by its path from the worker's directory; undefined for what is none, or none of the worker's. */
  read(from: string): Uint8Array | undefined {
    const isBelow = path.posix.normalize(from) === from && !from.startsWith('..') && !from.startsWith('/');
    if (!isBelow || !from.endsWith(EXTENSION)) return undefined;
    const name = path.posix.join(this.#directory, from);
    using files = new ProjectFiles(this.#root);
    let status = '';
    try {
      return files.open(name, (fd, stat) => {
        status = statusOf(stat);
        if (!stat.isFile() || stat.size > this.#limit) return undefined;
        const bytes = Buffer.alloc(Number(stat.size));
        return bytes.subarray(0, readSync(fd, bytes));
      });
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return undefined;
    } finally {
      this.#note({ name, status });
    }
  }
}
