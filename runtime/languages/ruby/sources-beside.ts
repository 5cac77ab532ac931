import path from 'node:path';
import { SourceDirectory, type SourcePlace } from '#runtime/languages/source-directory.ts';
import type { NoteSource } from '#runtime/worker/guest.ts';

const EXTENSION = '.rb';

/** Ruby files in the directory of a worker and below: no other file there is a worker's to read. */
export class SourcesBeside {
  readonly #directory: SourceDirectory;

  constructor(place: SourcePlace, note: NoteSource) {
    this.#directory = new SourceDirectory(place, note);
  }

  /** A file by its path from the worker's directory; undefined for what is none, or none of the worker's. */
  read(from: string): Uint8Array | undefined {
    const isBelow = path.posix.normalize(from) === from && !from.startsWith('..') && !from.startsWith('/');
    if (!isBelow || !from.endsWith(EXTENSION)) return undefined;
    using files = this.#directory.open();
    return this.#directory.read(files, this.#directory.pathOf(from));
  }
}
