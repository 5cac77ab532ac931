import { fdatasyncSync, fstatSync, fsyncSync, ftruncateSync } from 'node:fs';
import { WasiError } from './errno.ts';
import type { DirectoryDescriptor, FdTable, FileDescriptor } from './fd-table.ts';
import { extendedPosition, kernelPosition } from './file-position.ts';
import { fileTimes, storeEmptyFilestat, storeFilestat } from './filestat.ts';
import { fadvise, fallocate, setFileTimes } from './kernel.ts';
import type { GuestMemory } from './memory-view.ts';
import type { Preview1 } from './preview1.ts';
import { Right } from './rights.ts';

/** POSIX_FADV_NOREUSE, the last of six; preview1 counts them as Linux does. */
const LAST_ADVICE = 5;

/** What files are asked beside their contents. */
export function fileFunctions(
  memory: GuestMemory,
  fds: FdTable,
): Pick<
  Preview1,
  | 'fd_advise'
  | 'fd_allocate'
  | 'fd_datasync'
  | 'fd_sync'
  | 'fd_filestat_get'
  | 'fd_filestat_set_size'
  | 'fd_filestat_set_times'
> {
  const writable = (fd: number, right: bigint): FileDescriptor => {
    const file = fds.file(fd, right);
    if (!file.writable) throw new WasiError('rofs');
    return file;
  };
  /** A file or directory; a stream, which is kept nowhere, is `inval`. */
  const stored = (fd: number, right: bigint): FileDescriptor | DirectoryDescriptor => {
    const entry = fds.get(fd);
    if (entry.kind === 'stream') throw new WasiError('inval');
    fds.need(fd, right);
    return entry;
  };
  return {
    fd_advise: (fd, offset, length, advice) => {
      const { hostFd } = fds.file(fd, Right.fdAdvise);
      if (advice >>> 0 > LAST_ADVICE) throw new WasiError('inval');
      fadvise(hostFd, kernelPosition(offset), kernelPosition(length), advice);
    },
    fd_allocate: (fd, offset, length) => {
      fallocate(writable(fd, Right.fdAllocate).hostFd, kernelPosition(offset), kernelPosition(length));
    },
    fd_datasync: (fd) => fdatasyncSync(stored(fd, Right.fdDatasync).hostFd),
    fd_sync: (fd) => fsyncSync(stored(fd, Right.fdSync).hostFd),
    fd_filestat_get: (fd, result) => {
      const entry = fds.need(fd, Right.fdFilestatGet);
      if (entry.kind === 'stream') storeEmptyFilestat(memory, result, entry.stream.filetype);
      else storeFilestat(memory, result, fstatSync(entry.hostFd, { bigint: true }));
    },
    fd_filestat_set_size: (fd, size) => {
      if (fds.get(fd).kind === 'stream') throw new WasiError('inval');
      ftruncateSync(writable(fd, Right.fdFilestatSetSize).hostFd, extendedPosition(size));
    },
    fd_filestat_set_times: (fd, atim, mtim, flags) => {
      const { hostFd, writable } = stored(fd, Right.fdFilestatSetTimes);
      if (!writable) throw new WasiError('rofs');
      const { atime, mtime } = fileTimes(atim, mtim, flags);
      setFileTimes(hostFd, atime, mtime);
    },
  };
}
