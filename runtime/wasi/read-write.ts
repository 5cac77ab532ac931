import { readSync, readvSync, writeSync, writevSync } from 'node:fs';
import { FdFlag } from './descriptors.ts';
import { WasiError } from './errno.ts';
import type { FdTable, FileDescriptor, StreamDescriptor } from './fd-table.ts';
import { extendedPosition, filePosition } from './file-position.ts';
import { lseek, Poll, poll } from './kernel.ts';
import type { GuestMemory } from './memory-view.ts';
import type { Preview1 } from './preview1.ts';
import { Right } from './rights.ts';
import type { GuestStream } from './stream.ts';

type Buffers = Uint8Array<ArrayBuffer>[];

/** `wasi_snapshot_preview1.whence`, which counts as `lseek(2)` does: set, current, end. */
const Whence = { current: 1, last: 2 } as const;

/** What a pipe takes at once when it takes anything (pipe(7), PIPE_BUF). */
const CERTAIN = 4096;

/** Guest memory is handed to the kernel as it is, without a copy. No position means the file's own. */
function read(hostFd: number, into: Buffers, position: number | null): number {
  const [first] = into;
  if (first === undefined) return 0;
  if (into.length > 1) return readvSync(hostFd, into, position ?? undefined);
  return readSync(hostFd, first, 0, first.length, position);
}

function write(hostFd: number, from: Buffers, position: number | null): number {
  const [first] = from;
  if (first === undefined) return 0;
  if (from.length > 1) return writevSync(hostFd, from, position ?? undefined);
  return writeSync(hostFd, first, 0, first.length, position);
}

/** Up to this size, what comes in several buffers leaves as one. */
const GATHERED = 65536;

/** libc hands over a line in two buffers; written one by one, lines of two writers would mix. */
function writeStream(stream: GuestStream, from: Buffers): number {
  if (stream.write === undefined) throw new WasiError('badf');
  const total = from.reduce((sum, bytes) => sum + bytes.length, 0);
  const gathered = from.length > 1 && total <= GATHERED ? [Buffer.concat(from)] : from;
  let written = 0;
  for (const bytes of gathered) {
    const taken = stream.write(bytes);
    written += taken;
    if (taken < bytes.length) break;
  }
  return written;
}

/** As much of the first buffer. */
function beginning([first]: Buffers, most: number): Buffers {
  return first === undefined ? [] : [first.subarray(0, most)];
}

/** Streams wait, unless the guest has said that it does not want to: then this many bytes go, or `again`. */
function withoutWaiting({ flags, stream }: StreamDescriptor, events: number): number {
  if ((flags & FdFlag.nonblock) === 0 || stream.pollable === undefined) return Number.POSITIVE_INFINITY;
  if (poll([{ fd: stream.pollable, events }], 0n)[0] === 0) throw new WasiError('again');
  return CERTAIN;
}

/** The contents of files and streams. */
export function readWriteFunctions(
  memory: GuestMemory,
  fds: FdTable,
): Pick<Preview1, 'fd_read' | 'fd_write' | 'fd_pread' | 'fd_pwrite' | 'fd_seek' | 'fd_tell'> {
  /** A file that is read or written at a position of the call's own, which takes the right to seek. */
  const positioned = (fd: number, right: bigint): number => {
    const { hostFd } = fds.file(fd, right, 'badf');
    fds.need(fd, Right.fdSeek);
    return hostFd;
  };
  /** A file whose position is asked for, which either right allows. */
  const told = (fd: number): FileDescriptor => {
    const file = fds.file(fd, 0n);
    if ((file.rightsBase & (Right.fdSeek | Right.fdTell)) === 0n) throw new WasiError('notcapable');
    return file;
  };
  return {
    fd_read: (fd, vectors, count, result) => {
      const entry = fds.get(fd);
      if (entry.kind === 'directory') throw new WasiError('isdir');
      fds.need(fd, Right.fdRead, 'badf');
      const into = memory.vectors(vectors, count);
      if (entry.kind === 'file') return memory.setU32(result, read(entry.hostFd, into, null));
      if (entry.stream.read === undefined) throw new WasiError('badf');
      withoutWaiting(entry, Poll.in);
      // One buffer is enough for a short count, and asking twice could wait twice.
      memory.setU32(result, into[0] === undefined ? 0 : entry.stream.read(into[0]));
    },
    fd_write: (fd, vectors, count, result) => {
      const entry = fds.get(fd);
      if (entry.kind === 'directory') throw new WasiError('isdir');
      fds.need(fd, Right.fdWrite, 'badf');
      const from = memory.vectors(vectors, count);
      if (entry.kind === 'file') return memory.setU32(result, write(entry.hostFd, from, null));
      const most = withoutWaiting(entry, Poll.out);
      memory.setU32(result, writeStream(entry.stream, most === CERTAIN ? beginning(from, most) : from));
    },
    fd_pread: (fd, vectors, count, offset, result) => {
      const hostFd = positioned(fd, Right.fdRead);
      const into = memory.vectors(vectors, count);
      const position = filePosition(offset);
      // Where no file reaches, there is nothing to read.
      memory.setU32(result, position === undefined ? 0 : read(hostFd, into, position));
    },
    fd_pwrite: (fd, vectors, count, offset, result) => {
      const hostFd = positioned(fd, Right.fdWrite);
      const from = memory.vectors(vectors, count);
      memory.setU32(result, write(hostFd, from, extendedPosition(offset)));
    },
    fd_seek: (fd, offset, whence, result) => {
      const isTold = whence === Whence.current && offset === 0n;
      const { hostFd } = isTold ? told(fd) : fds.file(fd, Right.fdSeek);
      if (whence >>> 0 > Whence.last) throw new WasiError('inval');
      memory.setU64(result, lseek(hostFd, offset, whence));
    },
    fd_tell: (fd, result) => {
      memory.setU64(result, lseek(told(fd).hostFd, 0n, Whence.current));
    },
  };
}
