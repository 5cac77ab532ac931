import { type BigIntStats, constants, fstatSync, readSync, writeSync } from 'node:fs';
import { atPlace, locate, openBeneath } from '#runtime/wasi/beneath.ts';
import { FdFlag } from '#runtime/wasi/descriptors.ts';
import { entriesOf } from '#runtime/wasi/directory.ts';
import { WasiError } from '#runtime/wasi/errno.ts';
import type { FileDescriptor } from '#runtime/wasi/fd-table.ts';
import { close, mkdirat, renameat, rmdirat, unlinkat } from '#runtime/wasi/kernel.ts';
import { formatBytes } from '#runtime/wasi/limits.ts';
import { OpenFlag, openPath } from '#runtime/wasi/path-open.ts';
import { dots } from '#runtime/wasi/paths.ts';
import { Right } from '#runtime/wasi/rights.ts';
import { Filetype } from '#runtime/wasi/stream.ts';
import { FileProblem } from './file-error.ts';
import type { OpenFolders, Place } from './open-folders.ts';

/** What Node calls `flag`: how a file is opened that is to be written. */
const WRITE_FLAGS: Readonly<Record<string, { readonly openFlags: number; readonly fdFlags: number }>> = {
  w: { openFlags: OpenFlag.create | OpenFlag.truncate, fdFlags: 0 },
  wx: { openFlags: OpenFlag.create | OpenFlag.exclusive, fdFlags: 0 },
  a: { openFlags: OpenFlag.create, fdFlags: FdFlag.append },
  ax: { openFlags: OpenFlag.create | OpenFlag.exclusive, fdFlags: FdFlag.append },
  'r+': { openFlags: 0, fdFlags: 0 },
};

const TYPES: Readonly<Record<number, string>> = {
  [Filetype.regularFile]: 'file',
  [Filetype.directory]: 'directory',
  [Filetype.symbolicLink]: 'link',
};

/** Of all names in a directory. */
const MAXIMUM_LIST_BYTES = 4 * 1024 * 1024;

/** What a file is, as `Stats` of `node:fs` has it. */
export interface FileFacts {
  readonly type: string;
  readonly size: number;
  readonly nlink: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  /** It lies in a folder that may be changed. */
  readonly writable: boolean;
}

/** What `node:fs` of a worker does, one whole operation each: nothing stays open between two of them. */
export class FileOperations {
  readonly #folders: OpenFolders;
  /** Bytes that one operation may bring into the guest. */
  readonly #most: number;

  constructor(folders: OpenFolders, most: number) {
    this.#folders = folders;
    this.#most = most;
  }

  read(path: string): Uint8Array {
    return this.#opened(path, { openFlags: 0, fdFlags: 0 }, Right.fdRead, ({ hostFd }) => {
      const size = Number(fstatSync(hostFd).size);
      if (size > this.#most) {
        throw new FileProblem('EFBIG', `${formatBytes(size)} do not fit into ${formatBytes(this.#most)}`);
      }
      const bytes = Buffer.allocUnsafe(size);
      let length = 0;
      while (length < size) {
        const read = readSync(hostFd, bytes, length, size - length, null);
        if (read === 0) break;
        length += read;
      }
      return bytes.subarray(0, length);
    });
  }

  /** `flag` is one of Node's: w, wx, a, ax, r+. */
  write(path: string, bytes: Uint8Array, flag: string): void {
    const flags = Object.hasOwn(WRITE_FLAGS, flag) ? WRITE_FLAGS[flag] : undefined;
    if (flags === undefined) throw new FileProblem('EINVAL', `unknown flag "${flag}"`);
    this.#opened(path, flags, Right.fdWrite, ({ hostFd }) => {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(hostFd, bytes, written, bytes.length - written);
      }
    });
  }

  /** Names with their types, sorted. */
  list(path: string): readonly (readonly [name: string, type: string])[] {
    const { folder, path: below } = this.#folders.find(path);
    const { O_RDONLY, O_DIRECTORY, O_NONBLOCK } = constants;
    const { fd } = openBeneath(folder, below, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    try {
      const names: (readonly [string, string])[] = [];
      let bytes = 0;
      for (const { name, filetype } of entriesOf(fd, 0n)) {
        const text = Buffer.from(name).toString();
        if (text === '.' || text === '..') continue;
        bytes += name.length;
        if (bytes > MAXIMUM_LIST_BYTES) throw new FileProblem('EFBIG', 'it has too many entries');
        names.push([text, TYPES[filetype] ?? 'other']);
      }
      return names.sort(([a], [b]) => (a < b ? -1 : 1));
    } finally {
      close(fd);
    }
  }

  facts(path: string, follow: boolean): FileFacts {
    const { folder, path: below } = this.#folders.find(path);
    const { fd, stat } = locate(folder, below, follow);
    close(fd);
    return {
      type: typeOf(stat),
      size: Number(stat.size),
      nlink: Number(stat.nlink),
      atimeMs: milliseconds(stat.atimeNs),
      mtimeMs: milliseconds(stat.mtimeNs),
      ctimeMs: milliseconds(stat.ctimeNs),
      writable: folder.writable,
    };
  }

  makeDirectory(path: string): void {
    const { folder, path: below } = this.#changeable(path);
    atPlace(folder, below, dots.make, ({ parent, name }) => mkdirat(parent, name, 0o777));
  }

  removeDirectory(path: string): void {
    const { folder, path: below } = this.#changeable(path);
    atPlace(folder, below, dots.removeDirectory, ({ parent, name }) => rmdirat(parent, name));
  }

  /** A file or a symbolic link. */
  remove(path: string): void {
    const { folder, path: below } = this.#changeable(path);
    atPlace(folder, below, dots.unlink, ({ parent, name }) => unlinkat(parent, name));
  }

  rename(path: string, to: string): void {
    const from = this.#changeable(path);
    const target = this.#changeable(to);
    atPlace(from.folder, from.path, dots.rename, (old) => {
      atPlace(target.folder, target.path, dots.rename, (place) => {
        renameat(old.parent, old.name, place.parent, place.name);
      });
    });
  }

  #changeable(path: string): Place {
    const place = this.#folders.find(path);
    if (!place.folder.writable) throw new WasiError('rofs');
    return place;
  }

  #opened<T>(
    path: string,
    flags: { readonly openFlags: number; readonly fdFlags: number },
    right: bigint,
    use: (file: FileDescriptor) => T,
  ): T {
    const { folder, path: below } = this.#folders.find(path);
    const opened = openPath(folder, below, { ...flags, follow: true, base: right, inheriting: 0n });
    try {
      if (opened.kind === 'directory') throw new WasiError('isdir');
      if (opened.filetype !== Filetype.regularFile) throw new FileProblem('EINVAL', 'it is no regular file');
      return use(opened);
    } finally {
      close(opened.hostFd);
    }
  }
}

/** To the fraction, as Node has it. */
function milliseconds(nanoseconds: bigint): number {
  const second = 1_000_000_000n;
  return Number(nanoseconds / second) * 1000 + Number(nanoseconds % second) / 1e6;
}

function typeOf(stat: BigIntStats): string {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  return stat.isSymbolicLink() ? 'link' : 'other';
}
