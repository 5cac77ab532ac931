import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/** What a bundle is wrapped in: the function that Node makes of a CommonJS module. */
export const WRAPPER = {
  banner: '(function (exports, require, module, __filename, __dirname) {',
  footer: '})',
} as const;

/** Makes `name.bundle` a program, `name.cjs`, with the code cache `name.cache`; `name` is a path. */
export async function addCodeCache(name: string): Promise<void> {
  const bundle = `${name}.bundle`;
  const source = await readFile(bundle, 'utf8');
  await writeFile(`${name}.cache`, compileAll(source, bundle));
  await copyFile(path.join(import.meta.dirname, 'bundle-loader.cjs'), `${name}.cjs`);
}

/**
 * By itself V8 compiles a function at its first call, which is when somebody waits. The flag is put back
 * before the cache is written, since a cache is good for the flags it was written under only.
 */
function compileAll(source: string, filename: string): Uint8Array {
  setFlagsFromString('--no-lazy');
  const script = new Script(source, { filename });
  setFlagsFromString('--lazy');
  return script.createCachedData();
}
