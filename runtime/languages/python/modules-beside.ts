import { readSync } from 'node:fs';
import path from 'node:path';
import { errorCode } from '#runtime/wasi/errno.ts';
import type { NoteSource } from '#runtime/worker/guest.ts';
import { statusOf } from '#runtime/worker/source-file.ts';
import { ProjectFiles } from '../javascript/project-files.ts';
import type { Message } from './channel.ts';

/** A name as Python has it, of a module or of one in packages. */
const MODULE_NAME = /^[\p{ID_Start}_][\p{ID_Continue}]*(\.[\p{ID_Start}_][\p{ID_Continue}]*)*$/u;

/** Names are parts of paths. */
const MAXIMUM_NAME = 512;

/** Where a module may be, from its name as a path: a package, a module, or a folder of modules. */
const PLACES = [
  { ending: '/__init__.py', isPackage: true, isFolder: false },
  { ending: '.py', isPackage: false, isFolder: false },
  { ending: '', isPackage: true, isFolder: true },
] as const;

/** Python files in the directory of a worker and below: no other file there is a worker's to read. */
export class ModulesBeside {
  readonly #root: string;
  readonly #directory: string;
  readonly #limit: number;
  readonly #note: NoteSource;

  /** `name` is the worker's path below `root`, `limit` how many bytes a module may have. */
  constructor({ root, name, limit }: { root: string; name: string; limit: number }, note: NoteSource) {
    this.#root = root;
    this.#directory = path.dirname(name);
    this.#limit = limit;
    this.#note = note;
  }

  /** The answer to the interpreter's question for a module. */
  answer({ name }: Message['head']): Message {
    const none = { head: { found: false }, body: new Uint8Array() };
    if (typeof name !== 'string' || name.length > MAXIMUM_NAME || !MODULE_NAME.test(name)) return none;
    using files = new ProjectFiles(this.#root);
    const stem = path.join(this.#directory, name.replaceAll('.', '/'));
    for (const { ending, isPackage, isFolder } of PLACES) {
      const file = `${stem}${ending}`;
      const body = this.#read(files, file, isFolder);
      if (body !== undefined) return { head: { found: true, file, package: isPackage }, body };
    }
    return none;
  }

  #read(files: ProjectFiles, file: string, isFolder: boolean): Uint8Array | undefined {
    let status = '';
    try {
      return files.open(file, (fd, stat) => {
        status = statusOf(stat);
        if (isFolder) return stat.isDirectory() ? new Uint8Array() : undefined;
        if (!stat.isFile() || stat.size > this.#limit) return undefined;
        const bytes = Buffer.alloc(Number(stat.size));
        return bytes.subarray(0, readSync(fd, bytes));
      });
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return undefined;
    } finally {
      if (!isFolder) this.#note({ name: file, status });
    }
  }
}
