import type { BigIntStats } from 'node:fs';
import { WasiError } from './errno.ts';
import type { FileTime } from './kernel.ts';
import type { GuestMemory } from './memory-view.ts';
import { Filetype } from './stream.ts';

const SIZE = 64;

type FileKind = Pick<BigIntStats, 'isDirectory' | 'isFile' | 'isSymbolicLink' | 'isCharacterDevice'> &
  Pick<BigIntStats, 'isBlockDevice' | 'isSocket'>;

/** The `filetype` of what was statted; a fifo has none of its own and is `unknown`. */
export function filetypeOf(stat: FileKind): number {
  if (stat.isFile()) return Filetype.regularFile;
  if (stat.isDirectory()) return Filetype.directory;
  if (stat.isSymbolicLink()) return Filetype.symbolicLink;
  if (stat.isCharacterDevice()) return Filetype.characterDevice;
  if (stat.isBlockDevice()) return Filetype.blockDevice;
  if (stat.isSocket()) return Filetype.socketStream;
  return Filetype.unknown;
}

/** Stores a `filestat`: 64 bytes, times in nanoseconds. */
export function storeFilestat(memory: GuestMemory, at: number, stat: BigIntStats): void {
  storeEmptyFilestat(memory, at, filetypeOf(stat));
  memory.setU64(at, stat.dev);
  memory.setU64(at + 8, stat.ino);
  memory.setU64(at + 24, stat.nlink);
  memory.setU64(at + 32, stat.size);
  memory.setU64(at + 40, stat.atimeNs);
  memory.setU64(at + 48, stat.mtimeNs);
  memory.setU64(at + 56, stat.ctimeNs);
}

/** Stores the `filestat` of something that has no inode for the guest to see. */
export function storeEmptyFilestat(memory: GuestMemory, at: number, filetype: number): void {
  memory.bytes(at, SIZE).fill(0);
  memory.setU8(at + 16, filetype);
}

/** `fstflags`: which of the two times to set, and whether to the given value or to now. */
const SetTime = { atim: 1, atimNow: 2, mtim: 4, mtimNow: 8 } as const;
const ALL_TIMES = 15;

/** The two times of a `set_times` call; setting one both ways is `inval`, as is a flag there is not. */
export function fileTimes(
  atim: bigint,
  mtim: bigint,
  flags: number,
): { readonly atime: FileTime; readonly mtime: FileTime } {
  if ((flags & ~ALL_TIMES) !== 0) throw new WasiError('inval');
  return {
    atime: choose(atim, (flags & SetTime.atim) !== 0, (flags & SetTime.atimNow) !== 0),
    mtime: choose(mtim, (flags & SetTime.mtim) !== 0, (flags & SetTime.mtimNow) !== 0),
  };
}

function choose(time: bigint, given: boolean, now: boolean): FileTime {
  if (given && now) throw new WasiError('inval');
  if (now) return 'now';
  return given ? BigInt.asUintN(64, time) : 'omit';
}
