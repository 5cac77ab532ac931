import { WasiError } from './errno.ts';
import type { FdTable } from './fd-table.ts';
import { getdents, lseek } from './kernel.ts';
import type { GuestMemory } from './memory-view.ts';
import type { Preview1 } from './preview1.ts';
import { Right } from './rights.ts';
import { Filetype } from './stream.ts';

/** Fits any record of `getdents64(2)`, and enough of them to be worth the call. */
const BATCH = 16 * 1024;

/** `d_type` of `getdents64(2)`. */
const filetypes: Readonly<Record<number, number>> = {
  2: Filetype.characterDevice,
  4: Filetype.directory,
  6: Filetype.blockDevice,
  8: Filetype.regularFile,
  10: Filetype.symbolicLink,
  12: Filetype.socketStream,
};

export interface DirectoryEntry {
  readonly inode: bigint;
  /** Cookie of the entry after this one. */
  readonly next: bigint;
  readonly filetype: number;
  readonly name: Uint8Array;
}

/**
 * A directory's entries from a cookie on. A cookie is the kernel's own position, so nothing is remembered
 * between calls and entries that come and go in between do no harm.
 */
export function* entriesOf(hostFd: number, cookie: bigint): Generator<DirectoryEntry> {
  const batch = Buffer.alloc(BATCH);
  lseek(hostFd, cookie, 0);
  for (;;) {
    const size = getdents(hostFd, batch);
    if (size === 0) return;
    for (let at = 0; at < size; ) {
      const length = batch.readUInt16LE(at + 16);
      const name = batch.subarray(at + 19, batch.indexOf(0, at + 19));
      yield {
        inode: batch.readBigUInt64LE(at),
        next: batch.readBigUInt64LE(at + 8),
        filetype: filetypes[batch.readUInt8(at + 18)] ?? Filetype.unknown,
        name,
      };
      at += length;
    }
  }
}

/** `dirent`: 24 bytes, then the name. */
function direntOf(entry: DirectoryEntry): Uint8Array {
  const dirent = Buffer.alloc(24 + entry.name.length);
  dirent.writeBigUInt64LE(entry.next, 0);
  dirent.writeBigUInt64LE(entry.inode, 8);
  dirent.writeUInt32LE(entry.name.length, 16);
  dirent.writeUInt8(entry.filetype, 20);
  dirent.set(entry.name, 24);
  return dirent;
}

export function directoryFunctions(
  memory: GuestMemory,
  fds: FdTable,
): Pick<Preview1, 'fd_readdir' | 'fd_prestat_get' | 'fd_prestat_dir_name'> {
  const preopenPath = (fd: number): Uint8Array => {
    const entry = fds.get(fd);
    if (entry.kind !== 'directory' || entry.preopenPath === undefined) throw new WasiError('badf');
    return entry.preopenPath;
  };
  return {
    fd_readdir: (fd, buffer, length, cookie, result) => {
      const { hostFd } = fds.directory(fd, Right.fdReaddir);
      const into = memory.bytes(buffer, length);
      let used = 0;
      for (const entry of entriesOf(hostFd, cookie)) {
        // The last entry may be cut: a full buffer tells the guest to ask again.
        const dirent = direntOf(entry).subarray(0, into.length - used);
        into.set(dirent, used);
        used += dirent.length;
        if (used === into.length) break;
      }
      memory.setU32(result, used);
    },
    fd_prestat_get: (fd, result) => {
      const path = preopenPath(fd);
      memory.setU32(result, 0);
      memory.setU32(result + 4, path.length);
    },
    fd_prestat_dir_name: (fd, buffer, length) => {
      const path = preopenPath(fd);
      if (length >>> 0 < path.length) throw new WasiError('nametoolong');
      memory.bytes(buffer, path.length).set(path);
    },
  };
}
