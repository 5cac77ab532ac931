import { type BigIntStats, constants, fstatSync } from 'node:fs';
import { type ErrnoName, errorCode, WasiError } from './errno.ts';
import type { DirectoryDescriptor } from './fd-table.ts';
import { kernelFilesystem } from './filesystem.ts';
import { close, filesystemOf, O_PATH, openat2, Resolve } from './kernel.ts';
import type { GuestMemory } from './memory-view.ts';

const SLASH = 0x2f;
const DOT = 0x2e;
const PATH_MAX = 4096;

/** `openat2` answers `EAGAIN` when a rename crossed its walk up a `..`; a guest in a loop may do that at will. */
const ATTEMPTS = 32;

/** A path as a guest gave it, ended by NUL for the kernel. Its bytes are not interpreted here. */
export function guestPath(memory: GuestMemory, pointer: number, length: number): Uint8Array {
  if (length >>> 0 >= PATH_MAX) throw new WasiError('nametoolong');
  const bytes = memory.bytes(pointer, length);
  if (bytes.includes(0)) throw new WasiError('ilseq');
  const path = new Uint8Array(bytes.length + 1);
  path.set(bytes);
  return path;
}

/** An object below a directory, opened; whoever holds it closes it. */
export interface Opened {
  readonly fd: number;
  readonly stat: BigIntStats;
}

/**
 * Opens a path below a directory. The kernel resolves it: leaving the directory by `..`, by an absolute path
 * or by a symbolic link is `notcapable`, and so is a file system by which the kernel shows itself.
 */
export function openBeneath(
  directory: DirectoryDescriptor,
  path: Uint8Array,
  flags: number,
  mode?: number,
): Opened {
  const fd = resolve(directory.hostFd, path, flags, mode);
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (Number(stat.dev) !== directory.device && kernelFilesystem(filesystemOf(fd).type) !== undefined) {
      throw new WasiError('notcapable');
    }
    return { fd, stat };
  } catch (error) {
    close(fd);
    throw error;
  }
}

function resolve(directory: number, path: Uint8Array, flags: number, mode: number | undefined): number {
  for (let attempt = 1; ; attempt++) {
    try {
      return openat2(directory, path, flags, Resolve.beneath | Resolve.noMagiclinks, mode);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EXDEV') throw new WasiError('notcapable', { cause: error });
      if (code !== 'EAGAIN' || attempt === ATTEMPTS) throw error;
    }
  }
}

/** Opens what a path names without access to its contents; `follow` decides about a final symbolic link. */
export function locate(directory: DirectoryDescriptor, path: Uint8Array, follow: boolean): Opened {
  return openBeneath(directory, path, O_PATH | (follow ? 0 : constants.O_NOFOLLOW));
}

/** The place of a name: the directory that holds it, and the name, ended by NUL. */
export interface Place {
  readonly parent: number;
  /**
   * As in the path: slashes behind it say that it means a directory, and the kernel's calls that make, move or
   * remove a name judge them without following it. `linkat` does follow the name it is to link.
   */
  readonly name: Uint8Array;
}

/** Why a call refuses the directory itself and the one above, which are names of no place. */
export interface Dots {
  readonly dot: ErrnoName;
  readonly dotDot: ErrnoName;
}

/**
 * Runs `use` on the place a path names. The name itself is never followed, and is neither `.` nor `..`:
 * those are answered by `dots` once the kernel has agreed that the path stays inside.
 */
export function atPlace<T>(
  directory: DirectoryDescriptor,
  path: Uint8Array,
  dots: Dots,
  use: (place: Place) => T,
): T {
  const end = trimmedEnd(path);
  const start = path.lastIndexOf(SLASH, end - 1) + 1;
  const size = end - start;
  const isDots = size <= 2 && path.subarray(start, end).every((byte) => byte === DOT);
  if (isDots) {
    close(locate(directory, path, true).fd);
    throw new WasiError(size === 2 ? dots.dotDot : dots.dot);
  }
  const parentPath = start === 0 ? Uint8Array.of(DOT, 0) : terminated(path.subarray(0, start));
  const parent = openBeneath(directory, parentPath, O_PATH | constants.O_DIRECTORY);
  try {
    return use({ parent: parent.fd, name: path.subarray(start) });
  } finally {
    close(parent.fd);
  }
}

/** The path without its closing slashes, or undefined when it has none or nothing else. */
export function withoutSlashes(path: Uint8Array): Uint8Array | undefined {
  const end = trimmedEnd(path);
  return end > 0 && path[end] === SLASH ? terminated(path.subarray(0, end)) : undefined;
}

/** Where the path ends once its closing slashes are gone. */
function trimmedEnd(path: Uint8Array): number {
  let end = path.length - 1;
  while (end > 0 && path[end - 1] === SLASH) end -= 1;
  return end;
}

function terminated(bytes: Uint8Array): Uint8Array {
  const name = new Uint8Array(bytes.length + 1);
  name.set(bytes);
  return name;
}
