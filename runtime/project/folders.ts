import { stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { systemReason } from '#runtime/system-reason.ts';
import { kernelFilesystem } from '#runtime/wasi/filesystem.ts';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import { resolveInRoot } from './resolve-in-root.ts';
import type { FolderConfig } from './worker-config.ts';

/** A mount of the container, resolved: where it really lies. */
export interface ResolvedMount {
  readonly path: string;
  readonly writable: boolean;
}

export interface FolderContext {
  /** No folder lies outside: the image's root, or `/` for a project run by hand. */
  readonly boundary: string;
  readonly mounts: readonly ResolvedMount[];
}

/**
 * Makes preopens of `[[folders]]`. `from` is relative to the worker's directory, always: a leading `/` is
 * lost as in wws, so that `/data` of a worker in the root means `/data` of the container.
 */
export async function resolveFolders(
  folders: readonly FolderConfig[],
  workerDirectory: string,
  context: FolderContext,
): Promise<readonly Preopen[]> {
  const base = path.relative(context.boundary, workerDirectory);
  return await Promise.all(
    folders.map(async ({ from, to }) => {
      try {
        const hostPath = await directory(context.boundary, `${base}/${from.replaceAll('\\', '/')}`);
        return { guestPath: to, hostPath, writable: isWritable(hostPath, context.mounts) };
      } catch (error) {
        throw new Error(`Cannot give folder "${from}" as "${to}": ${systemReason(error)}`, { cause: error });
      }
    }),
  );
}

async function directory(boundary: string, name: string): Promise<string> {
  const found = await resolveInRoot(boundary, name);
  if (!(await stat(found)).isDirectory()) throw new Error('it is no directory');
  // Whoever opens it looks again; here it is told before the first request.
  const kind = kernelFilesystem((await statfs(found, { bigint: true })).type);
  if (kind !== undefined) throw new Error(`it is on a ${kind} file system`);
  return found;
}

/** The innermost mount decides; what lies on none is the image's own and left to the kernel. */
function isWritable(directoryPath: string, mounts: readonly ResolvedMount[]): boolean {
  return innermostMount(directoryPath, mounts)?.writable ?? true;
}

/** The mount that a directory is on. */
export function innermostMount(
  directoryPath: string,
  mounts: readonly ResolvedMount[],
): ResolvedMount | undefined {
  let innermost: ResolvedMount | undefined;
  for (const mount of mounts) {
    const contains = directoryPath === mount.path || directoryPath.startsWith(`${mount.path}/`);
    if (contains && mount.path.length >= (innermost?.path.length ?? 0)) innermost = mount;
  }
  return innermost;
}
