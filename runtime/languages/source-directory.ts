import { readSync } from 'node:fs';
import path from 'node:path';
import { errorCode } from '#runtime/wasi/errno.ts';
import type { NoteSource } from '#runtime/worker/guest.ts';
import { statusOf } from '#runtime/worker/source-file.ts';
import { ProjectFiles } from './project-files.ts';

/** What a worker may read of the sources around it. */
export interface SourcePlace {
  /** Of the project. */
  readonly root: string;
  /** The worker's path below it. */
  readonly name: string;
  /** Bytes a source may have. */
  readonly limit: number;
}

/** The directory of a worker, for the sources in it and below. Which files are sources is for its language to say. */
export class SourceDirectory {
  readonly #place: SourcePlace;
  readonly #note: NoteSource;

  constructor(place: SourcePlace, note: NoteSource) {
    this.#place = place;
    this.#note = note;
  }

  /** The files of the project, for reading some of them. */
  open(): ProjectFiles {
    return new ProjectFiles(this.#place.root);
  }

  /** The path below the project's root of what lies at `from` here. */
  pathOf(from: string): string {
    return path.posix.join(path.posix.dirname(this.#place.name), from);
  }

  /** A source, by its path below the project's root; undefined for what is none. Whoever watches hears of it. */
  read(files: ProjectFiles, name: string): Uint8Array | undefined {
    let status = '';
    try {
      return files.open(name, (fd, stat) => {
        status = statusOf(stat);
        if (!stat.isFile() || stat.size > this.#place.limit) return undefined;
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

  /** Whether a folder lies at this path below the project's root. */
  isFolder(files: ProjectFiles, name: string): boolean {
    try {
      return files.open(name, (_fd, stat) => stat.isDirectory());
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return false;
    }
  }
}
