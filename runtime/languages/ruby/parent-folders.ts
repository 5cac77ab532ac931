import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import type { GuestSpec } from '#runtime/worker/guest.ts';

/**
 * Folders for what lies between `/` and a worker's folders: `/src` for `/src/assets`. Ruby looks at each directory
 * on the way to a file that it requires, and a guest has none but those it is given. They are empty.
 */
export async function parentFolders({ folders, scratch }: GuestSpec): Promise<readonly Preopen[]> {
  const given = new Set(folders.map(({ guestPath }) => guestPath));
  const parents = new Set(folders.flatMap(({ guestPath }) => ancestors(guestPath)));
  const missing = [...parents].filter((parent) => !given.has(parent));
  if (missing.length === 0 || scratch === undefined) return [];
  const hostPath = path.join(scratch, 'empty');
  await mkdir(hostPath, { recursive: true });
  return missing.map((guestPath) => ({ guestPath, hostPath, writable: false }));
}

/** Not the root, which is never looked at. */
function ancestors(guestPath: string): readonly string[] {
  const parents: string[] = [];
  for (let parent = path.posix.dirname(guestPath); parent.length > 1; parent = path.posix.dirname(parent)) {
    parents.push(parent);
  }
  return parents;
}
