import { fstatSync } from 'node:fs';
import path from 'node:path';
import type { AppMount } from '#runtime/contract.ts';
import { ShimError } from '../errors.ts';
import { openMountPoint, pathInApp } from './app-path.ts';
import { release } from './descriptors.ts';
import { containerAttributes, type MountOptions, readMountOptions } from './mount-options.ts';
import {
  addMountAttributes,
  attachTree,
  cloneTree,
  type FilesystemOption,
  KERNEL_FILESYSTEM_TYPES,
  kernelFilesystem,
  newFilesystem,
} from './mounts.ts';
import type { MountSpec } from './spec.ts';
import { reasonOf } from './syscall.ts';

/** Directories of a Linux system that guests have no use for; ours take their place for the runtime. */
const SYSTEM_DIRECTORIES = ['/proc', '/sys', '/dev'] as const;

/** Bind mounts every Kubernetes container gets there. */
const USUAL_BINDS: readonly string[] = ['/dev/shm', '/dev/termination-log'];

export type MountUse = 'skip' | 'etc' | 'volume';

/** The files of /etc that are for the runtime's own name resolution. */
export const ETC_FILES = ['hosts', 'resolv.conf', 'hostname'] as const;

/**
 * What becomes of an entry of `spec.mounts`: every client asks for /proc, /sys and /dev, which is no more than
 * the habit of Linux containers.
 *
 * @throws ShimError invalid-argument when somebody wants a volume there
 */
export function useOf({ destination, type, source, options }: MountSpec): MountUse {
  const place = path.posix.normalize(`/${destination}`).replace(/(?<=.)\/$/, '');
  const isBind = readMountOptions(options).bind || type === 'bind';
  if (ETC_FILES.some((file) => place === `/etc/${file}`)) return isBind ? 'etc' : 'skip';
  if (place === '/run' && type === 'tmpfs') return 'skip';
  if (!SYSTEM_DIRECTORIES.some((system) => place === system || place.startsWith(`${system}/`))) {
    return 'volume';
  }
  if (!isBind || USUAL_BINDS.includes(place)) return 'skip';
  // ctr and Docker bind parts of sysfs over themselves.
  if (place.startsWith('/sys') && source.startsWith('/sys')) return 'skip';
  throw refused(destination, source, 'containers of this runtime get nothing below /proc, /sys and /dev');
}

/** Mounts a volume below the image's root; the answer is for the runtime, which is told of directories only. */
export function mountVolume(app: number, spec: MountSpec): AppMount | undefined {
  const options = readMountOptions(spec.options);
  const tree = openVolume(spec, options);
  try {
    const kind = fstatSync(tree).isDirectory() ? 'directory' : 'file';
    const place = openMountPoint(app, spec.destination, kind);
    try {
      const where = pathInApp(app, place);
      attachTree(tree, place);
      if (kind === 'file') return undefined;
      return { destination: spec.destination, path: where, writable: !options.readonly };
    } finally {
      release(place);
    }
  } catch (error) {
    if (error instanceof ShimError) throw error;
    throw refused(spec.destination, spec.source, reasonOf(error), error);
  } finally {
    release(tree);
  }
}

function openVolume(spec: MountSpec, options: MountOptions): number {
  const attributes = containerAttributes(options);
  try {
    if (options.bind || spec.type === 'bind') {
      const tree = cloneTree(spec.source, { recursive: options.recursive });
      const kernel = kernelFilesystem(tree);
      if (kernel !== undefined) {
        throw refused(spec.destination, spec.source, `it lies on ${kernel}, which belongs to the kernel`);
      }
      addMountAttributes(tree, attributes, { recursive: options.recursive });
      return tree;
    }
    if (spec.type === 'tmpfs') return newFilesystem('tmpfs', options.data.map(filesystemOption), attributes);
  } catch (error) {
    if (error instanceof ShimError) throw error;
    throw refused(spec.destination, spec.source, reasonOf(error), error);
  }
  const reason = KERNEL_FILESYSTEM_TYPES.has(spec.type) ? 'belongs to the kernel' : 'is not supported';
  throw refused(spec.destination, spec.source, `the filesystem type "${spec.type}" ${reason}`);
}

function filesystemOption(option: string): FilesystemOption {
  const mark = option.indexOf('=');
  return mark < 0 ? [option, true] : [option.slice(0, mark), option.slice(mark + 1)];
}

function refused(destination: string, source: string, reason: string, cause?: unknown): ShimError {
  return new ShimError('invalid-argument', `Cannot mount "${source}" at "${destination}": ${reason}`, {
    cause,
  });
}
