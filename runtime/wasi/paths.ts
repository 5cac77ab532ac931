import { atPlace, guestPath, locate, type Place } from './beneath.ts';
import { WasiError } from './errno.ts';
import type { DirectoryDescriptor, FdTable } from './fd-table.ts';
import { fileTimes, storeFilestat } from './filestat.ts';
import {
  close,
  linkat,
  mkdirat,
  readlink,
  renameat,
  rmdirat,
  setPathTimes,
  symlinkat,
  unlinkat,
} from './kernel.ts';
import type { GuestMemory } from './memory-view.ts';
import { openPath } from './path-open.ts';
import type { Preview1 } from './preview1.ts';
import { Right } from './rights.ts';

const SLASH = 0x2f;

/** `wasi_snapshot_preview1.lookupflags`: follow a symbolic link at the end of the path. */
export const SYMLINK_FOLLOW = 1;

type PathFunctions = Pick<Preview1, Extract<keyof Preview1, `path_${string}`>>;

/** Everything that is done by name below a directory. */
export function pathFunctions(memory: GuestMemory, fds: FdTable): PathFunctions {
  const changeable = (fd: number, right: bigint): DirectoryDescriptor => {
    const directory = fds.directory(fd, right);
    if (!directory.writable) throw new WasiError('rofs');
    return directory;
  };

  return {
    path_open: (fd, lookup, path, length, openFlags, base, inheriting, fdFlags, result) => {
      const directory = fds.directory(fd, Right.pathOpen);
      fds.reserve();
      memory.bytes(result, 4);
      const opened = openPath(directory, guestPath(memory, path, length), {
        follow: (lookup & SYMLINK_FOLLOW) !== 0,
        openFlags,
        base: BigInt.asUintN(64, base),
        inheriting: BigInt.asUintN(64, inheriting),
        fdFlags,
      });
      memory.setU32(result, fds.add(opened));
    },

    path_create_directory: (fd, path, length) => {
      const directory = changeable(fd, Right.pathCreateDirectory);
      atPlace(directory, guestPath(memory, path, length), 'exist', ({ parent, name }) =>
        mkdirat(parent, name, 0o777),
      );
    },

    path_remove_directory: (fd, path, length) => {
      const directory = changeable(fd, Right.pathRemoveDirectory);
      atPlace(directory, guestPath(memory, path, length), 'inval', ({ parent, name }) =>
        rmdirat(parent, name),
      );
    },

    path_unlink_file: (fd, path, length) => {
      const directory = changeable(fd, Right.pathUnlinkFile);
      const file = guestPath(memory, path, length);
      atPlace(directory, file, 'inval', (place) => {
        requireDirectoryIfMeant(directory, file, place);
        unlinkat(place.parent, place.name);
      });
    },

    path_rename: (oldFd, oldPath, oldLength, newFd, newPath, newLength) => {
      const from = changeable(oldFd, Right.pathRenameSource);
      const to = changeable(newFd, Right.pathRenameTarget);
      const source = guestPath(memory, oldPath, oldLength);
      atPlace(from, source, 'busy', (old) => {
        atPlace(to, guestPath(memory, newPath, newLength), 'busy', (target) => {
          requireDirectoryIfMeant(from, source, {
            ...old,
            directoryMeant: old.directoryMeant || target.directoryMeant,
          });
          renameat(old.parent, old.name, target.parent, target.name);
        });
      });
    },

    path_link: (oldFd, lookup, oldPath, oldLength, newFd, newPath, newLength) => {
      // A link out of a read-only folder would be a way to write to its file.
      const from = changeable(oldFd, Right.pathLinkSource);
      const to = changeable(newFd, Right.pathLinkTarget);
      if ((lookup & SYMLINK_FOLLOW) !== 0) throw new WasiError('inval');
      atPlace(from, guestPath(memory, oldPath, oldLength), 'inval', (old) => {
        atPlace(to, guestPath(memory, newPath, newLength), 'exist', (target) => {
          if (old.directoryMeant || target.directoryMeant) throw new WasiError('notdir');
          linkat(old.parent, old.name, target.parent, target.name);
        });
      });
    },

    path_symlink: (target, targetLength, fd, path, length) => {
      const directory = changeable(fd, Right.pathSymlink);
      const destination = guestPath(memory, target, targetLength);
      // It could only mean a place the guest has no name for.
      if (destination[0] === SLASH) throw new WasiError('notcapable');
      atPlace(directory, guestPath(memory, path, length), 'exist', (place) => {
        if (place.directoryMeant) throw new WasiError('notdir');
        symlinkat(destination, place.parent, place.name);
      });
    },

    path_readlink: (fd, path, length, buffer, bufferLength, result) => {
      const directory = fds.directory(fd, Right.pathReadlink);
      const into = memory.bytes(buffer, bufferLength);
      const link = locate(directory, guestPath(memory, path, length), false);
      try {
        if (!link.stat.isSymbolicLink()) throw new WasiError('inval');
        memory.setU32(result, into.length === 0 ? 0 : readlink(link.fd, into));
      } finally {
        close(link.fd);
      }
    },

    path_filestat_get: (fd, lookup, path, length, result) => {
      const directory = fds.directory(fd, Right.pathFilestatGet);
      const follow = (lookup & SYMLINK_FOLLOW) !== 0;
      const { fd: hostFd, stat } = locate(directory, guestPath(memory, path, length), follow);
      close(hostFd);
      storeFilestat(memory, result, stat);
    },

    path_filestat_set_times: (fd, lookup, path, length, atim, mtim, flags) => {
      const directory = changeable(fd, Right.pathFilestatSetTimes);
      const { atime, mtime } = fileTimes(atim, mtim, flags);
      const follow = (lookup & SYMLINK_FOLLOW) !== 0;
      const { fd: hostFd } = locate(directory, guestPath(memory, path, length), follow);
      try {
        setPathTimes(hostFd, atime, mtime);
      } finally {
        close(hostFd);
      }
    },
  };
}

/** A path that ends in a slash names a directory or nothing. */
function requireDirectoryIfMeant(directory: DirectoryDescriptor, path: Uint8Array, place: Place): void {
  if (!place.directoryMeant) return;
  const named = locate(directory, withoutSlashes(path), false);
  close(named.fd);
  if (!named.stat.isDirectory()) throw new WasiError('notdir');
}

function withoutSlashes(path: Uint8Array): Uint8Array {
  let end = path.length - 1;
  while (end > 0 && path[end - 1] === SLASH) end -= 1;
  const trimmed = new Uint8Array(end + 1);
  trimmed.set(path.subarray(0, end));
  return trimmed;
}
