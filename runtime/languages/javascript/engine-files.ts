/**
 * Where the engine and the prelude are. An installed runtime has both in one file beside its bundle, made at
 * build time; run from sources, the prelude lies beside this file and the engine in its npm package.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Name of the file that holds the engine and the image of the prelude, beside the runtime's bundles. */
export const IMAGE_FILE = 'javascript.image';

/**
 * The content of the image file; undefined where none was built. Read at once: the thread has nothing else to
 * do, and `node:fs/promises` alone would take 1.5 ms to load.
 */
export function readImageFile(): Buffer | undefined {
  try {
    return readFileSync(path.join(import.meta.dirname, IMAGE_FILE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** QuickJS as a module without a bound for its memory. */
export function readEngine(): Buffer {
  const { createRequire } = process.getBuiltinModule('node:module');
  const resolved = createRequire(path.join(import.meta.dirname, 'x')).resolve('quickjs-wasi/quickjs.wasm');
  return readFileSync(resolved);
}

/** The prelude's modules by file name. */
export function readPrelude(): ReadonlyMap<string, string> {
  const directory = path.join(import.meta.dirname, 'prelude');
  const names = readdirSync(directory).filter((name) => name.endsWith('.js'));
  return new Map(names.map((name) => [name, readFileSync(path.join(directory, name), 'utf8')]));
}
