import { mkdirSync, rmdirSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { Right } from '../rights.ts';
import { DIRECTORY_ONLY, type DrivenGuest } from '../testdata/driven-guest.ts';
import { answers, conform, lacksRight, outside } from './conform.ts';
import { makeFifo, ownDirectory } from './path-errors.ts';

interface Dirent {
  readonly next: bigint;
  readonly inode: bigint;
  readonly type: number;
  readonly name: string;
}

/** One call: the whole entries it stored, and the bytes it used. */
function readdir(guest: DrivenGuest, fd: number, size: number, cookie = 0n): [Dirent[], number] {
  guest.clear();
  const buffer = guest.room(size);
  const used = guest.room(4);
  expect(guest.call('fd_readdir', fd, buffer, size, cookie, used)).toBe('success');
  const end = buffer + guest.u32(used);
  const list: Dirent[] = [];
  for (let at = buffer; at + 24 <= end; ) {
    const length = guest.u32(at + 16);
    if (at + 24 + length > end) break;
    const name = Buffer.from(guest.bytes(at + 24, length)).toString();
    list.push({ next: guest.u64(at), inode: guest.u64(at + 8), type: guest.view.getUint8(at + 20), name });
    at += 24 + length;
  }
  return [list, guest.u32(used)];
}

const ROOM = 4096;

conform('fd_readdir', {
  'tells name, inode and type of every entry, the two dots among them': (guest, folders) => {
    const { inside } = folders;
    writeFileSync(inside('file'), '');
    symlinkSync('file', inside('link'));
    makeFifo(folders, 'fifo');
    const [list, used] = readdir(guest, 3, ROOM);
    expect(used).toBeLessThan(ROOM);
    expect(Object.fromEntries(list.map(({ name, type }) => [name, type]))).toEqual({
      '.': 3,
      '..': 3,
      sub: 3,
      file: 4,
      link: 7,
      fifo: 0,
    });
    const inode = (name: string): bigint | undefined => list.find((entry) => entry.name === name)?.inode;
    expect(inode('file')).toBe(statSync(inside('file'), { bigint: true }).ino);
    expect(inode('.')).toBe(statSync(inside('.'), { bigint: true }).ino);
  },
  'goes on behind the entry whose cookie is given, however often': (guest, { inside }) => {
    for (let i = 0; i < 10; i++) writeFileSync(inside(`file-${i}`), '');
    const [all] = readdir(guest, 3, ROOM);
    all.forEach(({ next }, i) => {
      expect(readdir(guest, 3, ROOM, next)[0]).toEqual(all.slice(i + 1));
    });
    expect(readdir(guest, 3, ROOM)[0]).toEqual(all);
  },
  'cuts the last entry off where the buffer ends, and fills it whole': (guest, { inside }) => {
    writeFileSync(inside('a-name-of-some-length'), '');
    const [all, total] = readdir(guest, 3, ROOM);
    for (let size = 0; size < total; size++) {
      const [list, used] = readdir(guest, 3, size);
      expect(used).toBe(size);
      expect(list).toEqual(all.slice(0, list.length));
    }
    expect(readdir(guest, 3, total)).toEqual([all, total]);
  },
  'loses nothing and repeats nothing when entries come and go in between': (guest, { inside }) => {
    for (let i = 0; i < 200; i++) writeFileSync(inside(`file-${i}`), '');
    const seen: string[] = [];
    for (let cookie = 0n, end = false; !end; ) {
      const [list, used] = readdir(guest, 3, 500, cookie);
      seen.push(...list.map(({ name }) => name));
      cookie = list.at(-1)?.next ?? cookie;
      end = used < 500;
      const last = list.findLast(({ name }) => name.startsWith('file-'))?.name;
      if (last !== undefined) unlinkSync(inside(last));
      writeFileSync(inside(`late-${seen.length}`), '');
    }
    expect(new Set(seen).size).toBe(seen.length);
    const wanted = Array.from({ length: 200 }, (_, i) => `file-${i}`);
    expect(seen.filter((name) => name.startsWith('file-')).sort()).toEqual(wanted.sort());
  },
  'has nothing behind a cookie at the end': (guest) => {
    const [all] = readdir(guest, 3, ROOM);
    expect(readdir(guest, 3, ROOM, all.at(-1)?.next)).toEqual([[], 0]);
  },
  'answers badf for a descriptor that is not open': answers('badf', (guest) =>
    guest.call('fd_readdir', 99, guest.room(64), 64, 0n, guest.room(4)),
  ),
  'answers notcapable without fd_readdir': lacksRight(Right.fdReaddir, ownDirectory, (guest, fd) =>
    guest.call('fd_readdir', fd, guest.room(64), 64, 0n, guest.room(4)),
  ),
  'answers fault for a buffer and a count outside the memory': (guest) => {
    const buffer = guest.room(64);
    expect(guest.call('fd_readdir', 3, outside(guest, 64), 64, 0n, buffer)).toBe('fault');
    expect(guest.call('fd_readdir', 3, buffer, -1, 0n, buffer)).toBe('fault');
    expect(guest.call('fd_readdir', 3, buffer, 64, 0n, outside(guest))).toBe('fault');
  },
  'answers notdir for a file and a stream': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    for (const fd of [0, guest.opened('file')]) {
      expect(guest.call('fd_readdir', fd, guest.room(64), 64, 0n, guest.room(4))).toBe('notdir');
    }
  },
  'answers inval for a cookie that is negative to the kernel': answers('inval', (guest) =>
    guest.call('fd_readdir', 3, guest.room(64), 64, -1n, guest.room(4)),
  ),
  'answers noent once the directory has been removed': (guest, { inside }) => {
    mkdirSync(inside('gone'));
    const fd = guest.opened('gone', { flags: DIRECTORY_ONLY });
    rmdirSync(inside('gone'));
    expect(guest.call('fd_readdir', fd, guest.room(64), 64, 0n, guest.room(4))).toBe('noent');
  },
});
