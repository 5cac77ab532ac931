import { constants } from 'node:fs';
import { WasiError } from './errno.ts';
import type { AnyDescriptor, FdTable } from './fd-table.ts';
import { setStatusFlags, statusFlags } from './kernel.ts';
import type { GuestMemory } from './memory-view.ts';
import type { Preview1 } from './preview1.ts';
import { Right } from './rights.ts';
import { Filetype } from './stream.ts';

/** `wasi_snapshot_preview1.fdflags`. */
export const FdFlag = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const;
const ALL_FLAGS = 31;

/** Flags for `open(2)`. Every descriptor is non-blocking in the kernel, whatever the guest asked for. */
export function openFlags(flags: number): number {
  if ((flags & ~ALL_FLAGS) !== 0) throw new WasiError('inval');
  const { O_NONBLOCK, O_APPEND, O_DSYNC, O_SYNC } = constants;
  return (
    O_NONBLOCK |
    ((flags & FdFlag.append) !== 0 ? O_APPEND : 0) |
    ((flags & FdFlag.dsync) !== 0 ? O_DSYNC : 0) |
    ((flags & (FdFlag.sync | FdFlag.rsync)) !== 0 ? O_SYNC : 0)
  );
}

function filetypeOfDescriptor(entry: AnyDescriptor): number {
  if (entry.kind === 'stream') return entry.stream.filetype;
  return entry.kind === 'file' ? entry.filetype : Filetype.directory;
}

/** What a descriptor is and may do: `fd_fdstat_*`, `fd_close`, `fd_renumber`. */
export function descriptorFunctions(
  memory: GuestMemory,
  fds: FdTable,
): Pick<
  Preview1,
  'fd_close' | 'fd_renumber' | 'fd_fdstat_get' | 'fd_fdstat_set_flags' | 'fd_fdstat_set_rights'
> {
  return {
    fd_close: (fd) => fds.close(fd),
    fd_renumber: (from, to) => fds.renumber(from, to),
    fd_fdstat_get: (fd, result) => {
      const entry = fds.get(fd);
      memory.bytes(result, 24).fill(0);
      memory.setU8(result, filetypeOfDescriptor(entry));
      memory.setU16(result + 2, entry.flags);
      memory.setU64(result + 8, entry.rightsBase);
      memory.setU64(result + 16, entry.rightsInheriting);
    },
    fd_fdstat_set_flags: (fd, flags) => {
      const entry = fds.need(fd, Right.fdFdstatSetFlags);
      const wanted = openFlags(flags);
      // The kernel ignores a change of the synchronous flags (fcntl(2), F_SETFL); saying so beats pretending.
      const synchronous = FdFlag.dsync | FdFlag.rsync | FdFlag.sync;
      if (((flags ^ entry.flags) & synchronous) !== 0) throw new WasiError('notsup');
      if (entry.kind === 'file') setStatusFlags(entry.hostFd, statusFlagsWith(entry.hostFd, wanted));
      entry.flags = flags;
    },
    fd_fdstat_set_rights: (fd, base, inheriting) => {
      const entry = fds.get(fd);
      // Rights can be given up and never won back.
      const gained =
        (BigInt.asUintN(64, base) & ~entry.rightsBase) |
        (BigInt.asUintN(64, inheriting) & ~entry.rightsInheriting);
      if (gained !== 0n) throw new WasiError('notcapable');
      entry.rightsBase = BigInt.asUintN(64, base);
      entry.rightsInheriting = BigInt.asUintN(64, inheriting);
    },
  };
}

function statusFlagsWith(hostFd: number, wanted: number): number {
  return (statusFlags(hostFd) & ~constants.O_APPEND) | (wanted & constants.O_APPEND) | constants.O_NONBLOCK;
}
