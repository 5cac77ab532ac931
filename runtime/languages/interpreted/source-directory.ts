import { createHash, randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemReason } from '#runtime/system-reason.ts';
import { readRegularFile } from '#runtime/wasi/read-file.ts';
import type { InterpretedSpec } from './interpreted-spec.ts';
import { readInterpreterFile } from './interpreter-files.ts';

/** Where the guest finds the worker, as in wws. */
export const SOURCE_MOUNT = '/src';

/**
 * Makes the directory that the guest knows as `/src`: the worker in its wrapper as `index.EXT`, and the polyfill
 * beside it. Its name follows from its content: threads that make the same one share it, and a request that runs
 * while the worker is replaced keeps what it has.
 *
 * @throws Error naming a file and the reason
 */
export async function makeSourceDirectory(spec: InterpretedSpec): Promise<string> {
  const files = await sourceFiles(spec);
  const hash = createHash('sha256');
  for (const [name, content] of files)
    hash.update(`${name.length} ${content.length} ${name}`).update(content);
  const { scratch } = spec;
  if (scratch === undefined)
    throw new Error(`Cannot load worker "${spec.name}": there is no place for its files`);
  const directory = path.join(scratch, hash.digest('hex'));
  const draft = path.join(scratch, randomUUID());
  try {
    await mkdir(draft);
    for (const [name, content] of files) await writeFile(path.join(draft, name), content);
    await rename(draft, directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    // Another thread was first.
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return directory;
    throw new Error(
      `Cannot load worker "${spec.name}": its files cannot be written: ${systemReason(error)}`,
      {
        cause: error,
      },
    );
  }
  return directory;
}

/** By their names. */
async function sourceFiles(spec: InterpretedSpec): Promise<ReadonlyMap<string, Buffer>> {
  const { polyfill } = spec.interpreter;
  const files = new Map([[`index${path.extname(spec.name)}`, await wrappedSource(spec)]]);
  if (polyfill !== undefined) files.set(path.basename(polyfill.file), await readInterpreterFile(polyfill));
  return files;
}

const PLACE = '{source}';

/** The worker with its wrapper around it: every `{source}` of that is the worker, as it is. */
export async function wrappedSource(spec: InterpretedSpec): Promise<Buffer> {
  const { file, name, limits, interpreter } = spec;
  const source = await readRegularFile(file, { name, size: limits.code });
  if (interpreter.wrapper === undefined) return source;
  const wrapper = await readInterpreterFile(interpreter.wrapper);
  return Buffer.from(
    wrapper.toString('latin1').replaceAll(PLACE, () => source.toString('latin1')),
    'latin1',
  );
}
