import { constants } from 'node:fs';
import { type Opened, openBeneath } from './beneath.ts';
import { openFlags } from './descriptors.ts';
import { Errno, errnoOf, WasiError } from './errno.ts';
import type { DirectoryDescriptor, FileDescriptor } from './fd-table.ts';
import { filetypeOf } from './filestat.ts';
import { close } from './kernel.ts';
import { directoryRights, fileRights, Right } from './rights.ts';

/** `wasi_snapshot_preview1.oflags`. */
const OpenFlag = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;

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
  const beyond = (request.base | request.inheriting) & ~directory.rightsInheriting;
  if (beyond !== 0n) throw new WasiError('notcapable');
  const has = (flag: number): boolean => (request.openFlags & flag) !== 0;
  if (has(OpenFlag.create) && has(OpenFlag.directory)) throw new WasiError('inval');
  if (has(OpenFlag.create) && (directory.rightsBase & Right.pathCreateFile) === 0n) {
    throw new WasiError('notcapable');
  }
  if (has(OpenFlag.truncate) && (directory.rightsBase & Right.pathFilestatSetSize) === 0n) {
    throw new WasiError('notcapable');
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
  const opened = directory.writable ? create(directory, path, flags) : openUnchanged(directory, path, flags);
  return descriptorFor(directory, opened, request);
}

function accessMode(base: bigint, directory: boolean): number {
  const writing = (base & (Right.fdWrite | Right.fdAllocate | Right.fdFilestatSetSize)) !== 0n;
  // Programs ask for every right there is; a directory is only ever read.
  if (!writing || directory) return constants.O_RDONLY;
  return (base & (Right.fdRead | Right.fdReaddir)) !== 0n ? constants.O_RDWR : constants.O_WRONLY;
}

function create(directory: DirectoryDescriptor, path: Uint8Array, flags: number): Opened {
  return openBeneath(directory, path, flags, (flags & constants.O_CREAT) !== 0 ? 0o666 : 0);
}

/** Opens below a read-only folder, answering `rofs` wherever a file system that is read-only would. */
function openUnchanged(directory: DirectoryDescriptor, path: Uint8Array, flags: number): Opened {
  const { O_CREAT, O_EXCL, O_TRUNC, O_WRONLY, O_RDWR } = constants;
  if ((flags & (O_WRONLY | O_RDWR | O_TRUNC)) !== 0) throw new WasiError('rofs');
  try {
    const opened = openBeneath(directory, path, flags & ~(O_CREAT | O_EXCL));
    if ((flags & O_EXCL) === 0) return opened;
    close(opened.fd);
    throw new WasiError('exist');
  } catch (error) {
    if ((flags & O_CREAT) !== 0 && errnoOf(error) === Errno.noent) throw new WasiError('rofs');
    throw error;
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
