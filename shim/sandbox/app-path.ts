import { fstatSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { ShimError } from '../errors.ts';
import { release } from './descriptors.ts';
import { makeDirectoryAt, makeFileAt, openHandleInRoot } from './open.ts';
import { failedWith, reasonOf } from './syscall.ts';

export type MountPointKind = 'directory' | 'file';

/**
 * A handle to the place in the image a mount goes to, made when it is missing. The kernel resolves every step
 * with the image as root, so whatever links the image holds, the place lies inside it.
 *
 * @param app handle of the image's root
 * @param destination as the spec names it, e.g. `/data`
 */
export function openMountPoint(app: number, destination: string, kind: MountPointKind): number {
  const names = path.posix.normalize(`/${destination}`).split('/').filter(Boolean);
  const handle = openOrMake(app, names, kind);
  try {
    const [found, root] = [fstatSync(handle), fstatSync(app)];
    if (found.dev === root.dev && found.ino === root.ino) {
      throw new ShimError('invalid-argument', `Cannot mount at "${destination}": it is the image's own root`);
    }
    if (found.isDirectory() !== (kind === 'directory')) {
      const reason = kind === 'directory' ? 'not a directory' : 'is a directory, and the source is a file';
      throw new ShimError('invalid-argument', `Cannot mount at "${destination}": ${reason}`);
    }
    return handle;
  } catch (error) {
    release(handle);
    throw error;
  }
}

function openOrMake(app: number, names: readonly string[], kind: MountPointKind): number {
  let parent = openHandleInRoot(app, '.');
  for (const [index, name] of names.entries()) {
    const soFar = names.slice(0, index + 1).join('/');
    const wanted = index === names.length - 1 ? kind : 'directory';
    try {
      const next = openIfThere(app, soFar) ?? make(app, parent, soFar, name, wanted);
      release(parent);
      parent = next;
    } catch (error) {
      release(parent);
      if (error instanceof ShimError) throw error;
      const reason = failedWith(error, 'EROFS')
        ? 'it does not exist, and the image is read-only'
        : reasonOf(error);
      throw new ShimError('invalid-argument', `Cannot make the mount point "/${soFar}": ${reason}`, {
        cause: error,
      });
    }
  }
  return parent;
}

function openIfThere(app: number, relative: string): number | undefined {
  try {
    return openHandleInRoot(app, relative);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function make(app: number, parent: number, relative: string, name: string, kind: MountPointKind): number {
  try {
    if (kind === 'directory') makeDirectoryAt(parent, name);
    else release(makeFileAt(parent, name));
  } catch (error) {
    // Made by somebody else meanwhile, or the name of a link that leads nowhere.
    if (!failedWith(error, 'EEXIST')) throw error;
  }
  const made = openIfThere(app, relative);
  if (made !== undefined) return made;
  throw new ShimError(
    'invalid-argument',
    `Cannot make the mount point "/${relative}": it is a symbolic link to something that does not exist`,
  );
}

/** Where `handle` really lies, relative to the image's root: `.` for the root itself. */
export function pathInApp(app: number, handle: number): string {
  const [root, place] = [app, handle].map((fd) => readlinkSync(`/proc/thread-self/fd/${fd}`));
  return path.posix.relative(root ?? '', place ?? '') || '.';
}
