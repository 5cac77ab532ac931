import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { KNOWN_LANGUAGES } from '#runtime/project/languages.ts';
import { resolveInRoot } from '#runtime/project/resolve-in-root.ts';

/** A core module of version 1, hexadecimal (core spec 5.5.16). */
const MODULE_MAGIC = '0061736d01000000';

/** What an entrypoint is in an unpacked image, and where. */
export interface FoundEntrypoint {
  /** `unfit`: nothing that is run here. */
  readonly kind: 'directory' | 'worker' | 'module' | 'unfit';
  /** Absolute, without links. */
  readonly place: string;
}

/**
 * Looks at an entrypoint as the shim does: by its bytes, where it is no directory and no worker.
 * Rejects with the system's error where it is not there.
 *
 * @param root the image's files
 * @param name absolute in the image
 */
export async function findEntrypoint(root: string, name: string): Promise<FoundEntrypoint> {
  const place = await resolveInRoot(root, name);
  if ((await stat(place)).isDirectory()) return { kind: 'directory', place };
  if (isWorker(name)) return { kind: 'worker', place };
  return { kind: (await isModule(place)) ? 'module' : 'unfit', place };
}

function isWorker(name: string): boolean {
  const extension = path.posix.extname(name);
  return extension !== '.wasm' && KNOWN_LANGUAGES.has(extension);
}

async function isModule(file: string): Promise<boolean> {
  await using handle = await open(file);
  const start = Buffer.alloc(MODULE_MAGIC.length / 2);
  await handle.read(start, 0, start.length, 0);
  return start.toString('hex') === MODULE_MAGIC;
}
