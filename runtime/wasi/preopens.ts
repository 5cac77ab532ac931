import { constants, fstatSync } from 'node:fs';
import { errorCode } from './errno.ts';
import type { DirectoryDescriptor } from './fd-table.ts';
import { kernelFilesystem } from './filesystem.ts';
import { AT_FDCWD, close, filesystemOf, openat2, Resolve } from './kernel.ts';
import type { Preopen } from './preopen.ts';
import { directoryRights, inheritedRights } from './rights.ts';

/** A folder that cannot be given to a guest; the message says which and why. */
export class FolderError extends Error {
  override readonly name: string = 'FolderError';
}

/**
 * Opens the directory behind a preopen. Its host path is taken as it stands: a symbolic link anywhere in it
 * is refused, because a guest that may write next to it could have planted one.
 *
 * @throws FolderError
 */
export function openPreopen(preopen: Preopen): DirectoryDescriptor {
  const hostFd = openDirectory(preopen);
  try {
    const { type, nodev } = filesystemOf(hostFd);
    const kind = kernelFilesystem(type);
    if (kind !== undefined) throw cannotOpen(preopen, `it is on a ${kind} file system`);
    return {
      kind: 'directory',
      hostFd,
      writable: preopen.writable,
      device: fstatSync(hostFd).dev,
      mayHoldDevices: !nodev,
      preopenPath: Buffer.from(preopen.guestPath),
      rightsBase: directoryRights,
      rightsInheriting: inheritedRights,
      flags: 0,
    };
  } catch (error) {
    close(hostFd);
    throw error;
  }
}

function openDirectory(preopen: Preopen): number {
  try {
    const path = Buffer.from(`${preopen.hostPath}\0`);
    return openat2(
      AT_FDCWD,
      path,
      constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK,
      Resolve.noSymlinks | Resolve.noMagiclinks,
    );
  } catch (error) {
    throw cannotOpen(preopen, reasonOf(error), error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such directory',
  ENOTDIR: 'not a directory',
  ELOOP: 'a symbolic link is on the way to it',
  EACCES: 'permission denied',
};

function reasonOf(error: unknown): string {
  const reason = reasons[errorCode(error) ?? ''];
  return reason ?? (error instanceof Error ? error.message : String(error));
}

function cannotOpen(preopen: Preopen, reason: string, cause?: unknown): FolderError {
  return new FolderError(`Cannot open folder "${preopen.guestPath}": ${reason}`, { cause });
}
