import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** Where the Python code around a worker lies: beside this file, and in an installation beside the bundle. */
const DIRECTORY = path.join(import.meta.dirname, 'python-prelude');

/** Workers know it by this name. */
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
  const names = (await readdir(DIRECTORY)).filter((name) => name.endsWith('.py')).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(DIRECTORY, name), 'utf8')));
  const modules = names.map((name, index) => [name.slice(0, -'.py'.length), texts[index] ?? ''] as const);
  const boot = modules.find(([name]) => name === 'boot')?.[1];
  if (boot === undefined) throw new Error(`Cannot find "boot.py" in "${DIRECTORY}"`);
  return {
    boot,
    modules: modules
      .filter(([name]) => name !== 'boot')
      .map(([name, text]) => [name === PUBLIC_MODULE ? name : `wws_${name}`, text]),
  };
}
