import { readSync, readvSync, writeSync, writevSync } from 'node:fs';
import { WasiError } from './errno.ts';
import type { FdTable } from './fd-table.ts';
import { filePosition } from './file-position.ts';
import { lseek } from './kernel.ts';
import type { GuestMemory } from './memory-view.ts';
import type { Preview1 } from './preview1.ts';
import { Right } from './rights.ts';
import type { GuestStream } from './stream.ts';

type Buffers = Uint8Array<ArrayBuffer>[];

/** `wasi_snapshot_preview1.whence`, which counts as `lseek(2)` does: set, current, end. */
const LAST_WHENCE = 2;

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

/** The contents of files and streams. */
export function readWriteFunctions(
  memory: GuestMemory,
  fds: FdTable,
): Pick<Preview1, 'fd_read' | 'fd_write' | 'fd_pread' | 'fd_pwrite' | 'fd_seek' | 'fd_tell'> {
  return {
    fd_read: (fd, vectors, count, result) => {
      const entry = fds.need(fd, Right.fdRead, 'badf');
      const into = memory.vectors(vectors, count);
      if (entry.kind === 'directory') throw new WasiError('isdir');
      if (entry.kind === 'file') return memory.setU32(result, read(entry.hostFd, into, null));
      if (entry.stream.read === undefined) throw new WasiError('badf');
      // One buffer is enough for a short count, and asking twice could wait twice.
      memory.setU32(result, into[0] === undefined ? 0 : entry.stream.read(into[0]));
    },
    fd_write: (fd, vectors, count, result) => {
      const entry = fds.need(fd, Right.fdWrite, 'badf');
      const from = memory.vectors(vectors, count);
      if (entry.kind === 'directory') throw new WasiError('isdir');
      if (entry.kind === 'file') return memory.setU32(result, write(entry.hostFd, from, null));
      const written = writeStream(entry.stream, from);
      memory.setU32(result, written);
    },
    fd_pread: (fd, vectors, count, offset, result) => {
      const { hostFd } = fds.file(fd, Right.fdRead, 'badf');
      memory.setU32(result, read(hostFd, memory.vectors(vectors, count), filePosition(offset)));
    },
    fd_pwrite: (fd, vectors, count, offset, result) => {
      const { hostFd } = fds.file(fd, Right.fdWrite, 'badf');
      memory.setU32(result, write(hostFd, memory.vectors(vectors, count), filePosition(offset)));
    },
    fd_seek: (fd, offset, whence, result) => {
      const { hostFd } = fds.file(fd, Right.fdSeek);
      if (whence >>> 0 > LAST_WHENCE) throw new WasiError('inval');
      memory.setU64(result, lseek(hostFd, offset, whence));
    },
    fd_tell: (fd, result) => {
      memory.setU64(result, lseek(fds.file(fd, Right.fdTell).hostFd, 0n, 1));
    },
  };
}
