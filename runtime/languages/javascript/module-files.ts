import { readSync } from 'node:fs';
import { ProjectFiles } from '#runtime/languages/project-files.ts';
import { systemReason } from '#runtime/system-reason.ts';
import { errorCode } from '#runtime/wasi/errno.ts';
import { formatBytes } from '#runtime/wasi/limits.ts';
import type { NoteSource } from '#runtime/worker/guest.ts';
import { statusOf } from '#runtime/worker/source-file.ts';
import { TypeScriptError } from './erase-types.ts';
import { importPlace } from './import-place.ts';
import { moduleName, SpecifierError, unloadable } from './module-name.ts';
import { decodeSource, sourceText } from './source-text.ts';

/** Files one worker may be made of. */
export const MAXIMUM_MODULES = 1000;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  ENOTDIR: 'no such file',
  ELOOP: 'too many symbolic links',
  EXDEV: 'a symbolic link or a mount leads out of the project there',
  EACCES: 'permission denied',
};

/** What other tools try where a file is not there as it is named. */
const ENDINGS = ['.js', '.ts', '.mjs', '.mts', '.json', '/index.js', '/index.ts'];

/** An import as it is written somewhere. */
interface Import {
  readonly importer: string;
  readonly specifier: string;
}

/** The modules that one worker imports, read when it is loaded. */
export class ModuleFiles implements Disposable {
  readonly #files: ProjectFiles;
  readonly #note: NoteSource;
  readonly #limit: number;
  /** Of all modules, the worker's own file included. */
  #bytes: number;
  readonly #texts: Map<string, string>;
  /** The first import of each module. */
  readonly #imports = new Map<string, Import>();

  /**
   * `root` is the project's directory, absolute and without links; `main` the worker's own file, by its path below;
   * `limit` the bytes that all modules together may have. `note` is told of each file that is asked for, whether or not
   * it can be read.
   */
  constructor(
    root: string,
    limit: number,
    main: { readonly name: string; readonly text: string },
    note: NoteSource,
  ) {
    this.#note = note;
    this.#files = new ProjectFiles(root);
    this.#limit = limit;
    this.#bytes = Buffer.byteLength(main.text);
    this.#texts = new Map([[main.name, main.text]]);
  }

  /** The name of the module that `specifier` means. @throws Error naming the import's place */
  resolve(importer: string, specifier: string): string {
    const wanted = { importer, specifier };
    try {
      const name = moduleName(importer, specifier);
      if (!this.#imports.has(name)) this.#imports.set(name, wanted);
      return name;
    } catch (error) {
      throw this.#failure(wanted, error);
    }
  }

  /** A module as the engine takes it. @throws Error naming the place of its first import, or where it breaks */
  read(name: string): string {
    try {
      const text = this.#read(name);
      this.#texts.set(name, text);
      return sourceText(name, text);
    } catch (error) {
      if (error instanceof TypeScriptError)
        throw new Error(`${name}${error.place}: ${error.message}`, { cause: error });
      throw this.#failure(this.#imports.get(name) ?? { importer: name, specifier: name }, error);
    }
  }

  #read(name: string): string {
    const problem = unloadable(name);
    if (this.#texts.size >= MAXIMUM_MODULES)
      throw new Error(`a worker has ${MAXIMUM_MODULES} modules at most`);
    let status = '';
    try {
      return this.#files.open(name, (fd, stat) => {
        status = statusOf(stat);
        if (stat.isDirectory()) throw new Error('it is a directory: name the file in it');
        if (!stat.isFile()) throw new Error('it is no regular file');
        if (problem !== undefined) throw new Error(problem);
        return decodeSource(this.#content(fd, Number(stat.size)));
      });
    } finally {
      this.#note({ name, status });
    }
  }

  #content(fd: number, size: number): Uint8Array {
    if (this.#bytes + size > this.#limit) {
      throw new Error(`the worker and its modules are larger than the limit of ${formatBytes(this.#limit)}`);
    }
    this.#bytes += size;
    // One byte more shows a file that grows meanwhile.
    const bytes = Buffer.alloc(size + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length <= size; length += read) {
      read = readSync(fd, bytes, length, bytes.length - length, null);
    }
    if (length > size) throw new Error('it grows while it is read');
    return bytes.subarray(0, length);
  }

  #failure(wanted: Import, cause: unknown): Error {
    const { importer, specifier } = wanted;
    const place = importPlace(this.#texts.get(importer) ?? '', specifier);
    const code = errorCode(cause) ?? '';
    const reason = REASONS[code] ?? systemReason(cause);
    const hint = reason === REASONS['ENOENT'] ? this.#hint(wanted) : '';
    return new Error(`Cannot import "${specifier}" from ${importer}${place}: ${reason}${hint}`, { cause });
  }

  #hint({ importer, specifier }: Import): string {
    const stem = specifier.replace(/\.m?[jt]s$/, '');
    const found = ENDINGS.map((ending) => stem + ending).find((other) => this.#isFile(importer, other));
    return found === undefined ? '' : ` (did you mean "${found}"?)`;
  }

  #isFile(importer: string, specifier: string): boolean {
    try {
      return this.#files.open(moduleName(importer, specifier), (_fd, stat) => stat.isFile());
    } catch (error) {
      if (error instanceof SpecifierError || errorCode(error) !== undefined) return false;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
  }
}
