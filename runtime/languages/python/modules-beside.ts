import type { NoteSource } from '#runtime/worker/guest.ts';
import type { ProjectFiles } from '../project-files.ts';
import { SourceDirectory, type SourcePlace } from '../source-directory.ts';
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
  readonly #directory: SourceDirectory;

  constructor(place: SourcePlace, note: NoteSource) {
    this.#directory = new SourceDirectory(place, note);
  }

  /** The answer to the interpreter's question for a module. */
  answer({ name }: Message['head']): Message {
    const none = { head: { found: false }, body: new Uint8Array() };
    if (typeof name !== 'string' || name.length > MAXIMUM_NAME || !MODULE_NAME.test(name)) return none;
    using files = this.#directory.open();
    const stem = this.#directory.pathOf(name.replaceAll('.', '/'));
    for (const { ending, isPackage, isFolder } of PLACES) {
      const file = `${stem}${ending}`;
      const body = isFolder ? this.#folder(files, file) : this.#directory.read(files, file);
      if (body !== undefined) return { head: { found: true, file, package: isPackage }, body };
    }
    return none;
  }

  /** A folder of modules has no source of its own. */
  #folder(files: ProjectFiles, name: string): Uint8Array | undefined {
    return this.#directory.isFolder(files, name) ? new Uint8Array() : undefined;
  }
}
