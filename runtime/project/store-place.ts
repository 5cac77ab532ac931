import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { StoreTarget } from '#runtime/kv/store-url.ts';
import { systemReason } from '#runtime/system-reason.ts';
import { type FolderContext, innermostMount } from './folders.ts';
import { resolveInRoot } from './resolve-in-root.ts';

/**
 * Turns the paths of a store into absolute ones. By hand they are the caller's own. In a container they lie in the
 * container's root, which an image has filled with links as it liked, and the file is on a volume that can be
 * written: anywhere else it would be gone with the container.
 *
 * @throws Error for the operator
 */
export async function placeStore(target: StoreTarget, context: FolderContext): Promise<StoreTarget> {
  if (target.kind === 'memory') return target;
  if (context.boundary === '/') {
    if (target.kind === 'file') return { ...target, path: path.resolve(target.path) };
    return target.ca === undefined ? target : { ...target, ca: path.resolve(target.ca) };
  }
  if (target.kind === 'file') return { ...target, path: await onVolume(target.path, context) };
  if (target.ca === undefined) return target;
  try {
    return { ...target, ca: await resolveInRoot(context.boundary, target.ca) };
  } catch (error) {
    throw new Error(`Cannot use K/V store certificates "${target.ca}": ${systemReason(error)}`, {
      cause: error,
    });
  }
}

async function onVolume(file: string, context: FolderContext): Promise<string> {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new Error(`Cannot use K/V store "file:${file}": ${reason}`, { cause });
  };
  const directory = await resolveInRoot(context.boundary, path.dirname(file)).catch((error: unknown) =>
    refuse(systemReason(error), error),
  );
  if (!(await stat(directory)).isDirectory()) refuse('it is in no directory');
  const mount = innermostMount(directory, context.mounts);
  if (mount === undefined)
    refuse('it is on no volume, and would be lost with the container (mount one there)');
  if (mount?.writable === false) refuse('its volume is read-only');
  return path.join(directory, path.basename(file));
}
