/**
 * Where the engine and the prelude are. An installed runtime has both in one file beside its bundle, made at
 * build time; run from sources, the prelude lies beside this file and the engine in its npm package.
 */
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Name of the file that holds the engine and the image of the prelude, beside the runtime's bundles. */
export const IMAGE_FILE = 'javascript.image';

/** The content of the image file; undefined where none was built. */
export async function readImageFile(): Promise<Buffer | undefined> {
  try {
    return await readFile(path.join(import.meta.dirname, IMAGE_FILE));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** QuickJS as a module without a bound for its memory. */
export async function readEngine(): Promise<Buffer> {
  return await readFile(
    createRequire(path.join(import.meta.dirname, 'x')).resolve('quickjs-wasi/quickjs.wasm'),
  );
}

/** The prelude's modules by file name. */
export async function readPrelude(): Promise<ReadonlyMap<string, string>> {
  const directory = path.join(import.meta.dirname, 'prelude');
  const names = (await readdir(directory)).filter((name) => name.endsWith('.js'));
  const entries = names.map(
    async (name) => [name, await readFile(path.join(directory, name), 'utf8')] as const,
  );
  return new Map(await Promise.all(entries));
}
