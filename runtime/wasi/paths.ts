import { atPlace, type Dots, guestPath, locate, withoutSlashes } from './beneath.ts';
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
const SYMLINK_FOLLOW = 1;

/** What Linux says of `.` and `..` where a name is wanted. */
export const dots: Readonly<Record<'make' | 'removeDirectory' | 'unlink' | 'rename' | 'link', Dots>> = {
  make: { dot: 'exist', dotDot: 'exist' },
  removeDirectory: { dot: 'inval', dotDot: 'notempty' },
  unlink: { dot: 'isdir', dotDot: 'isdir' },
  rename: { dot: 'busy', dotDot: 'busy' },
  link: { dot: 'perm', dotDot: 'perm' },
};

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
        follow: isFollowing(lookup),
        openFlags,
        base: BigInt.asUintN(64, base),
        inheriting: BigInt.asUintN(64, inheriting),
        fdFlags,
      });
      memory.setU32(result, fds.add(opened));
    },

    path_create_directory: (fd, path, length) => {
      const directory = changeable(fd, Right.pathCreateDirectory);
      atPlace(directory, guestPath(memory, path, length), dots.make, ({ parent, name }) =>
        mkdirat(parent, name, 0o777),
      );
    },

    path_remove_directory: (fd, path, length) => {
      const directory = changeable(fd, Right.pathRemoveDirectory);
      atPlace(directory, guestPath(memory, path, length), dots.removeDirectory, ({ parent, name }) =>
        rmdirat(parent, name),
      );
    },

    path_unlink_file: (fd, path, length) => {
      const directory = changeable(fd, Right.pathUnlinkFile);
      atPlace(directory, guestPath(memory, path, length), dots.unlink, ({ parent, name }) =>
        unlinkat(parent, name),
      );
    },

    path_rename: (oldFd, oldPath, oldLength, newFd, newPath, newLength) => {
      const from = changeable(oldFd, Right.pathRenameSource);
      const to = changeable(newFd, Right.pathRenameTarget);
      atPlace(from, guestPath(memory, oldPath, oldLength), dots.rename, (old) => {
        atPlace(to, guestPath(memory, newPath, newLength), dots.rename, (target) => {
          renameat(old.parent, old.name, target.parent, target.name);
        });
      });
    },

    path_link: (oldFd, lookup, oldPath, oldLength, newFd, newPath, newLength) => {
      // A link out of a read-only folder would be a way to write to its file.
      const from = changeable(oldFd, Right.pathLinkSource);
      const to = changeable(newFd, Right.pathLinkTarget);
      if (isFollowing(lookup)) throw new WasiError('inval');
      const source = guestPath(memory, oldPath, oldLength);
      refuseDirectory(from, withoutSlashes(source));
      atPlace(from, source, dots.link, (old) => {
        atPlace(to, guestPath(memory, newPath, newLength), dots.make, (target) => {
          linkat(old.parent, old.name, target.parent, target.name);
        });
      });
    },

    path_symlink: (target, targetLength, fd, path, length) => {
      const directory = changeable(fd, Right.pathSymlink);
      const destination = guestPath(memory, target, targetLength);
      // It could only mean a place the guest has no name for.
      if (destination[0] === SLASH) throw new WasiError('notcapable');
      atPlace(directory, guestPath(memory, path, length), dots.make, ({ parent, name }) =>
        symlinkat(destination, parent, name),
      );
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
      const { fd: hostFd, stat } = locate(directory, guestPath(memory, path, length), isFollowing(lookup));
      close(hostFd);
      storeFilestat(memory, result, stat);
    },

    path_filestat_set_times: (fd, lookup, path, length, atim, mtim, flags) => {
      const directory = changeable(fd, Right.pathFilestatSetTimes);
      const { atime, mtime } = fileTimes(atim, mtim, flags);
      const { fd: hostFd } = locate(directory, guestPath(memory, path, length), isFollowing(lookup));
      try {
        setPathTimes(hostFd, atime, mtime);
      } finally {
        close(hostFd);
      }
    },
  };
}

function isFollowing(lookup: number): boolean {
  if ((lookup & ~SYMLINK_FOLLOW) !== 0) throw new WasiError('inval');
  return lookup === SYMLINK_FOLLOW;
}

/** Answers for the kernel what a path is that ends in slashes and is to be linked: a directory never is. */
function refuseDirectory(directory: DirectoryDescriptor, path: Uint8Array | undefined): void {
  if (path === undefined) return;
  const named = locate(directory, path, false);
  close(named.fd);
  throw new WasiError(named.stat.isDirectory() ? 'perm' : 'notdir');
}
