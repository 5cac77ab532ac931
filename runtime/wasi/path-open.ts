import { constants } from 'node:fs';
import { locate, type Opened, openBeneath } from './beneath.ts';
import { FdFlag, openFlags } from './descriptors.ts';
import { Errno, errnoOf, WasiError } from './errno.ts';
import type { DirectoryDescriptor, FileDescriptor } from './fd-table.ts';
import { filetypeOf } from './filestat.ts';
import { close } from './kernel.ts';
import { directoryRights, fileRights, Right } from './rights.ts';

/** `wasi_snapshot_preview1.oflags`. */
export const OpenFlag = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
const ALL_OPEN_FLAGS = 15;

export interface OpenRequest {
  readonly follow: boolean;
  /** `oflags`. */
  readonly openFlags: number;
  readonly base: bigint;
  readonly inheriting: bigint;
  /** `fdflags`. */
  readonly fdFlags: number;
}

/**
 * `path_open`. Rights tell the access mode: `fd_write` (or what implies it) opens for writing. Never waits
 * for the other end of a fifo; devices are refused as on a mount without them (`acces`).
 */
export function openPath(
  directory: DirectoryDescriptor,
  path: Uint8Array,
  request: OpenRequest,
): FileDescriptor | DirectoryDescriptor {
  const has = (flag: number): boolean => (request.openFlags & flag) !== 0;
  if ((request.openFlags & ~ALL_OPEN_FLAGS) !== 0) throw new WasiError('inval');
  if (has(OpenFlag.create) && has(OpenFlag.directory)) throw new WasiError('inval');
  requireRights(directory, request);
  if (has(OpenFlag.exclusive) && !has(OpenFlag.create)) {
    // "Fail if file already exists" means nothing by itself to the kernel.
    close(locate(directory, path, request.follow).fd);
    throw new WasiError('exist');
  }
  const { O_CREAT, O_EXCL, O_TRUNC, O_DIRECTORY, O_NOFOLLOW, O_NOCTTY } = constants;
  const flags =
    openFlags(request.fdFlags) |
    O_NOCTTY |
    accessMode(request.base, has(OpenFlag.directory)) |
    (has(OpenFlag.create) ? O_CREAT : 0) |
    (has(OpenFlag.exclusive) ? O_EXCL : 0) |
    (has(OpenFlag.truncate) ? O_TRUNC : 0) |
    (has(OpenFlag.directory) ? O_DIRECTORY : 0) |
    (request.follow ? 0 : O_NOFOLLOW);
  if (directory.mayHoldDevices && isDevice(directory, path, request.follow)) throw new WasiError('acces');
  const opened = directory.writable ? create(directory, path, flags) : openUnchanged(directory, path, flags);
  return descriptorFor(directory, opened, request);
}

/** What is asked for must be the directory's to pass on, and each way to open has a right of its own. */
function requireRights(directory: DirectoryDescriptor, request: OpenRequest): void {
  const beyond = (request.base | request.inheriting) & ~directory.rightsInheriting;
  if (beyond !== 0n) throw new WasiError('notcapable');
  const oneOf = (asked: boolean, rights: bigint): void => {
    if (asked && (directory.rightsBase & rights) === 0n) throw new WasiError('notcapable');
  };
  const { openFlags, fdFlags } = request;
  oneOf((openFlags & OpenFlag.create) !== 0, Right.pathCreateFile);
  oneOf((openFlags & OpenFlag.truncate) !== 0, Right.pathFilestatSetSize);
  oneOf((fdFlags & FdFlag.dsync) !== 0, Right.fdDatasync | Right.fdSync);
  oneOf((fdFlags & (FdFlag.rsync | FdFlag.sync)) !== 0, Right.fdSync);
}

function accessMode(base: bigint, directory: boolean): number {
  // Programs ask for every right there is; those to allocate and to resize do not apply to a directory.
  const changes = directory ? 0n : Right.fdAllocate | Right.fdFilestatSetSize;
  const writing = (base & (Right.fdWrite | changes)) !== 0n;
  if (!writing) return constants.O_RDONLY;
  return (base & (Right.fdRead | Right.fdReaddir)) !== 0n ? constants.O_RDWR : constants.O_WRONLY;
}

function create(directory: DirectoryDescriptor, path: Uint8Array, flags: number): Opened {
  return openBeneath(directory, path, flags, (flags & constants.O_CREAT) !== 0 ? 0o666 : 0);
}

/** Opens below a read-only folder, answering `rofs` wherever a file system that is read-only would. */
function openUnchanged(directory: DirectoryDescriptor, path: Uint8Array, flags: number): Opened {
  const { O_CREAT, O_EXCL, O_TRUNC, O_WRONLY, O_RDWR } = constants;
  const changes = O_WRONLY | O_RDWR | O_TRUNC;
  try {
    const opened = openBeneath(directory, path, flags & ~(O_CREAT | O_EXCL | changes));
    const errno = (flags & O_EXCL) !== 0 ? 'exist' : opened.stat.isDirectory() ? 'isdir' : 'rofs';
    if ((flags & (O_EXCL | changes)) === 0) return opened;
    close(opened.fd);
    throw new WasiError(errno);
  } catch (error) {
    if ((flags & O_CREAT) !== 0 && errnoOf(error) === Errno.noent) throw new WasiError('rofs');
    throw error;
  }
}

/** Opening is enough to make some devices do something, so they are looked at from afar. */
function isDevice(directory: DirectoryDescriptor, path: Uint8Array, follow: boolean): boolean {
  try {
    const { fd, stat } = locate(directory, path, follow);
    close(fd);
    return stat.isCharacterDevice() || stat.isBlockDevice();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    // What cannot be looked at is the open's own to refuse, or to create.
    return false;
  }
}

function descriptorFor(
  directory: DirectoryDescriptor,
  { fd, stat }: Opened,
  request: OpenRequest,
): FileDescriptor | DirectoryDescriptor {
  const shared = { hostFd: fd, writable: directory.writable, flags: request.fdFlags };
  if (stat.isDirectory()) {
    return {
      ...shared,
      kind: 'directory',
      device: directory.device,
      mayHoldDevices: directory.mayHoldDevices,
      preopenPath: undefined,
      rightsBase: request.base & directoryRights,
      rightsInheriting: request.inheriting,
    };
  }
  if (stat.isFile() || stat.isFIFO()) {
    return {
      ...shared,
      kind: 'file',
      filetype: filetypeOf(stat),
      rightsBase: request.base & fileRights,
      rightsInheriting: 0n,
    };
  }
  close(fd);
  throw new WasiError('acces');
}
