/**
 * The Python code around a worker. It lies beside this file, and beside the runtime's bundles in `python` when that
 * is installed.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Name of the folder that holds it beside the runtime's bundles. */
export const PRELUDE_FOLDER = 'python';

const INSTALLED = path.join(import.meta.dirname, PRELUDE_FOLDER);
const SOURCES = path.join(import.meta.dirname, 'prelude');

/** Where it is. */
export const PRELUDE: string = existsSync(INSTALLED) ? INSTALLED : SOURCES;

/** Imported by this name, and by `wws`. */
const PUBLIC_MODULE = 'poly';

/** What runs first, and then the modules it makes importable, by the names they are imported under. */
export interface Prelude {
  readonly boot: string;
  readonly modules: readonly (readonly [name: string, text: string])[];
}

let prelude: Promise<Prelude> | undefined;

/** Read once per thread. */
export function readPrelude(): Promise<Prelude> {
  prelude ??= read();
  return prelude;
}

async function read(): Promise<Prelude> {
  const names = (await readdir(PRELUDE)).filter((name) => name.endsWith('.py')).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(PRELUDE, name), 'utf8')));
  const modules = names.map((name, index) => [name.slice(0, -'.py'.length), texts[index] ?? ''] as const);
  const boot = modules.find(([name]) => name === 'boot')?.[1];
  if (boot === undefined) throw new Error(`Cannot find "boot.py" in "${PRELUDE}"`);
  return {
    boot,
    modules: modules
      .filter(([name]) => name !== 'boot')
      .map(([name, text]) => [name === PUBLIC_MODULE ? name : `wws_${name}`, text]),
  };
}
