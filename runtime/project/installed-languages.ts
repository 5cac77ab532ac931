import path from 'node:path';
import type { Interpreter, InterpreterFile } from '#runtime/languages/interpreter.ts';
import { KNOWN_LANGUAGES, type Language, type LanguageTable } from './languages.ts';
import { LIBRARY_DIRECTORY, placeOf, type Runtime, type RuntimeFile } from './metadata.ts';
import { directoryOf, isThere, readMetadata } from './metadata-file.ts';

export interface InstalledLanguages {
  /** Whether there is a `.wws.toml`. */
  readonly hasMetadata: boolean;
  readonly languages: LanguageTable;
  /** One line each, for the log. */
  readonly warnings: readonly string[];
}

/** Extensions of what is built in: no repository takes them over. */
const BUILT_IN: ReadonlySet<string> = new Set(['.js', '.mjs', '.ts', '.mts', '.wasm']);

/**
 * What runs the workers of a project, by extension: what is built in, then what `.wws.toml` names. The first runtime
 * there that lists an extension has it (wws §6.1), installed or not. `root` has no link in it.
 *
 * A file that cannot be read is no reason to serve nothing: it is ignored, and said.
 */
export async function installedLanguages(root: string): Promise<InstalledLanguages> {
  try {
    const metadata = await readMetadata(root);
    if (metadata === undefined) return { hasMetadata: false, languages: KNOWN_LANGUAGES, warnings: [] };
    const languages = new Map(KNOWN_LANGUAGES);
    const taken = new Set(BUILT_IN);
    for (const { name, runtimes } of metadata.repositories) {
      for (const runtime of runtimes) {
        const free = runtime.extensions.map((text) => `.${text}`).filter((text) => !taken.has(text));
        if (free.length === 0) continue;
        const language = await languageOf(root, name, runtime);
        for (const extension of free) {
          taken.add(extension);
          languages.set(extension, language);
        }
      }
    }
    return { hasMetadata: true, languages, warnings: [] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { hasMetadata: true, languages: KNOWN_LANGUAGES, warnings: [`Ignoring .wws.toml: ${reason}`] };
  }
}

async function languageOf(root: string, repository: string, runtime: Runtime): Promise<Language> {
  const { name, version } = runtime;
  if (!(await isThere(root, repository, runtime)))
    return { kind: 'missing', name, named: version, install: '' };
  return { kind: 'interpreted', interpreter: interpreterOf(directoryOf(root, repository, runtime), runtime) };
}

/** What a guest thread is told of a runtime whose files lie in `directory`. */
export function interpreterOf(directory: string, runtime: Runtime): Interpreter {
  const { name, version, args, envs, library } = runtime;
  const fileOf = (file: RuntimeFile): InterpreterFile => ({
    file: path.join(directory, placeOf(file)),
    sha256: file.sha256,
  });
  const tops = new Set(library.map(({ filename }) => filename.split('/', 2).join('/')));
  return {
    name,
    version,
    binary: fileOf(runtime.binary),
    args,
    envs,
    polyfill: runtime.polyfill && fileOf(runtime.polyfill),
    wrapper: runtime.wrapper && fileOf(runtime.wrapper),
    library: {
      files: library.map(fileOf),
      folders: [...tops].map((guestPath) => ({
        guestPath,
        hostPath: path.join(directory, LIBRARY_DIRECTORY, guestPath),
        writable: false,
      })),
    },
  };
}
