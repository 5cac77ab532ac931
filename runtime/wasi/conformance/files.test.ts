import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { fileRights, Right } from '../rights.ts';
import { CREATE, DrivenGuest } from '../testdata/driven-guest.ts';
import { answers, conform, lacksRight, outside } from './conform.ts';
import { makeFifo, ownDirectory } from './path-errors.ts';

/** A new file with every right there is for one. */
function file(guest: DrivenGuest): number {
  return guest.opened('new', { flags: CREATE, rights: fileRights });
}

const BEYOND = 1n << 63n;

conform('fd_advise', {
  'takes each advice for any part of a file': (guest) => {
    const fd = file(guest);
    for (let advice = 0; advice <= 5; advice++) {
      expect(guest.call('fd_advise', fd, 0n, 0n, advice)).toBe('success');
      expect(guest.call('fd_advise', fd, 1n << 40n, 1n << 62n, advice)).toBe('success');
    }
  },
  'answers badf for a descriptor that is not open': answers('badf', (guest) =>
    guest.call('fd_advise', 99, 0n, 0n, 0),
  ),
  'answers notcapable without fd_advise': lacksRight(Right.fdAdvise, file, (guest, fd) =>
    guest.call('fd_advise', fd, 0n, 0n, 0),
  ),
  'answers inval for an advice there is not and a length that is negative to the kernel': (guest) => {
    const fd = file(guest);
    for (const advice of [6, -1]) expect(guest.call('fd_advise', fd, 0n, 0n, advice)).toBe('inval');
    expect(guest.call('fd_advise', fd, 0n, BEYOND, 0)).toBe('inval');
    expect(guest.call('fd_advise', fd, BEYOND, 0n, 0)).toBe('inval');
  },
  'answers isdir for a directory': answers('isdir', (guest) => guest.call('fd_advise', 3, 0n, 0n, 0)),
  'answers spipe for a stream and a fifo': (guest, folders) => {
    makeFifo(folders, 'fifo');
    expect(guest.call('fd_advise', 1, 0n, 0n, 0)).toBe('spipe');
    expect(guest.call('fd_advise', guest.opened('fifo'), 0n, 0n, 0)).toBe('spipe');
  },
});

conform('fd_allocate', {
  'makes a file as long as what is allocated, and never shorter': (guest, { inside }) => {
    const fd = file(guest);
    guest.write(fd, 'kept');
    expect(guest.call('fd_allocate', fd, 2n, 98n)).toBe('success');
    expect(guest.call('fd_allocate', fd, 0n, 10n)).toBe('success');
    expect(statSync(inside('new')).size).toBe(100);
    expect(readFileSync(inside('new'), 'latin1').slice(0, 5)).toBe('kept\0');
  },
  'answers badf for a descriptor that is not open': answers('badf', (guest) =>
    guest.call('fd_allocate', 99, 0n, 1n),
  ),
  'answers notcapable without fd_allocate': lacksRight(Right.fdAllocate, file, (guest, fd) =>
    guest.call('fd_allocate', fd, 0n, 1n),
  ),
  'answers inval for no length, and for what is negative to the kernel': (guest) => {
    const fd = file(guest);
    expect(guest.call('fd_allocate', fd, 0n, 0n)).toBe('inval');
    expect(guest.call('fd_allocate', fd, 0n, BEYOND)).toBe('inval');
    expect(guest.call('fd_allocate', fd, -1n, 1n)).toBe('inval');
  },
  'answers fbig for a file larger than can be': (guest) => {
    expect(guest.call('fd_allocate', file(guest), BEYOND - 1n, BEYOND - 1n)).toBe('fbig');
  },
  'answers isdir for a directory': answers('isdir', (guest) => guest.call('fd_allocate', 3, 0n, 1n)),
  'answers nospc for more than the file system holds': () => {
    // A file system in memory says so at once and takes nothing.
    using shm = new DrivenGuest({ preopens: [{ guestPath: '/shm', hostPath: '/dev/shm', writable: true }] });
    const name = `wasi-conformance-${process.pid}`;
    const fd = shm.opened(name, { flags: CREATE, rights: fileRights });
    const answer = shm.call('fd_allocate', fd, 0n, 1n << 50n);
    expect(shm.path('path_unlink_file', 3, name)).toBe('success');
    expect(answer).toBe('nospc');
  },
  'answers spipe for a stream and a fifo': (guest, folders) => {
    makeFifo(folders, 'fifo');
    guest.opened('fifo', { rights: Right.fdRead });
    const fifo = guest.opened('fifo', { rights: Right.fdWrite | Right.fdAllocate });
    expect(guest.call('fd_allocate', 1, 0n, 1n)).toBe('spipe');
    expect(guest.call('fd_allocate', fifo, 0n, 1n)).toBe('spipe');
  },
});

for (const [name, right] of [
  ['fd_datasync', Right.fdDatasync],
  ['fd_sync', Right.fdSync],
] as const) {
  conform(name, {
    'synchronises files and directories': (guest) => {
      expect(guest.call(name, file(guest))).toBe('success');
      expect(guest.call(name, 3)).toBe('success');
    },
    'answers badf for a descriptor that is not open': answers('badf', (guest) => guest.call(name, 99)),
    'answers notcapable without its right': lacksRight(right, file, (guest, fd) => guest.call(name, fd)),
    'answers inval for a stream': answers('inval', (guest) => guest.call(name, 1)),
  });
}

/** `filestat`: type, links, size, times. */
function filestat(guest: DrivenGuest, fd: number): [number, ...bigint[]] {
  const at = guest.room(64);
  guest.bytes(at, 64).fill(0xff);
  expect(guest.call('fd_filestat_get', fd, at)).toBe('success');
  return [guest.view.getUint8(at + 16), ...[24, 32, 40, 48].map((offset) => guest.u64(at + offset))];
}

conform('fd_filestat_get', {
  'tells what the kernel tells of a file and a directory': (guest, { inside }) => {
    const fd = file(guest);
    guest.write(fd, 'five!');
    const stat = statSync(inside('new'), { bigint: true });
    expect(filestat(guest, fd)).toEqual([4, 1n, 5n, stat.atimeNs, stat.mtimeNs]);
    const at = guest.room(64);
    expect(guest.call('fd_filestat_get', fd, at)).toBe('success');
    expect([0, 8, 56].map((offset) => guest.u64(at + offset))).toEqual([stat.dev, stat.ino, stat.ctimeNs]);
    expect(guest.bytes(at + 17, 7)).toEqual(new Uint8Array(7));
    expect(filestat(guest, 3)[0]).toBe(3);
  },
  'knows no more of a stream than its type': (guest) => {
    expect(filestat(guest, 1)).toEqual([0, 0n, 0n, 0n, 0n]);
  },
  'answers badf for a descriptor that is not open': answers('badf', (guest) =>
    guest.call('fd_filestat_get', 99, guest.room(64)),
  ),
  'answers notcapable without fd_filestat_get': lacksRight(Right.fdFilestatGet, file, (guest, fd) =>
    guest.call('fd_filestat_get', fd, guest.room(64)),
  ),
  'answers fault for a result outside the memory': answers('fault', (guest) =>
    guest.call('fd_filestat_get', 3, outside(guest, 64)),
  ),
});

conform('fd_filestat_set_size', {
  'cuts a file, and fills it up with zeros': (guest, { inside }) => {
    const fd = file(guest);
    guest.write(fd, 'abcdef');
    expect(guest.call('fd_filestat_set_size', fd, 2n)).toBe('success');
    expect(guest.call('fd_filestat_set_size', fd, 4n)).toBe('success');
    expect(readFileSync(inside('new'), 'latin1')).toBe('ab\0\0');
  },
  'answers badf for a descriptor that is not open': answers('badf', (guest) =>
    guest.call('fd_filestat_set_size', 99, 0n),
  ),
  'answers notcapable without fd_filestat_set_size': lacksRight(Right.fdFilestatSetSize, file, (guest, fd) =>
    guest.call('fd_filestat_set_size', fd, 1n),
  ),
  'answers inval for a stream, a fifo and a size that is negative to the kernel': (guest, folders) => {
    makeFifo(folders, 'fifo');
    guest.opened('fifo', { rights: Right.fdRead });
    const fifo = guest.opened('fifo', { rights: Right.fdWrite | Right.fdFilestatSetSize });
    expect(guest.call('fd_filestat_set_size', fifo, 0n)).toBe('inval');
    expect(guest.call('fd_filestat_set_size', 1, 0n)).toBe('inval');
    expect(guest.call('fd_filestat_set_size', file(guest), -1n)).toBe('inval');
  },
  'answers isdir for a directory': answers('isdir', (guest) => guest.call('fd_filestat_set_size', 3, 0n)),
  'answers fbig for a file larger than can be': answers('fbig', (guest) =>
    guest.call('fd_filestat_set_size', file(guest), BEYOND - 1n),
  ),
});

const SetTime = { atim: 1, atimNow: 2, mtim: 4, mtimNow: 8 } as const;
const DAY = 86_400_000_000_000n;

conform('fd_filestat_set_times', {
  'sets the times that are asked for and no others': (guest) => {
    const fd = file(guest);
    expect(guest.call('fd_filestat_set_times', fd, 1n, 2n * DAY, SetTime.atim | SetTime.mtim)).toBe(
      'success',
    );
    expect(filestat(guest, fd).slice(3)).toEqual([1n, 2n * DAY]);
    expect(guest.call('fd_filestat_set_times', fd, 3n * DAY, 4n * DAY, SetTime.mtim)).toBe('success');
    expect(guest.call('fd_filestat_set_times', fd, 5n, 5n, 0)).toBe('success');
    expect(filestat(guest, fd).slice(3)).toEqual([1n, 4n * DAY]);
  },
  'takes the present where that is asked for, on directories too': (guest) => {
    const before = BigInt(Date.now() - 1000) * 1_000_000n;
    for (const fd of [file(guest), ownDirectory(guest)]) {
      guest.call('fd_filestat_set_times', fd, 1n, 1n, SetTime.atim | SetTime.mtim);
      expect(guest.call('fd_filestat_set_times', fd, 1n, 1n, SetTime.atimNow | SetTime.mtimNow)).toBe(
        'success',
      );
      const [, , , atime = 0n, mtime = 0n] = filestat(guest, fd);
      expect([(atime as bigint) > before, (mtime as bigint) > before]).toEqual([true, true]);
    }
  },
  'answers badf for a descriptor that is not open': answers('badf', (guest) =>
    guest.call('fd_filestat_set_times', 99, 0n, 0n, SetTime.atim),
  ),
  'answers notcapable without fd_filestat_set_times': lacksRight(
    Right.fdFilestatSetTimes,
    file,
    (guest, fd) => guest.call('fd_filestat_set_times', fd, 0n, 0n, SetTime.atim),
  ),
  'answers inval for a time set both ways, a flag there is not, and a stream': (guest) => {
    const fd = file(guest);
    for (const flags of [3, 12, 15, 16, -1]) {
      expect(guest.call('fd_filestat_set_times', fd, 0n, 0n, flags)).toBe('inval');
    }
    expect(guest.call('fd_filestat_set_times', 1, 0n, 0n, SetTime.atim)).toBe('inval');
  },
  'answers rofs below a read-only folder, and for the folder itself': (guest, { top }) => {
    writeFileSync(path.join(top, 'readonly/file'), '');
    const fd = guest.opened('file', { at: 4, rights: Right.fdRead | Right.fdFilestatSetTimes });
    for (const each of [fd, 4]) {
      expect(guest.call('fd_filestat_set_times', each, 0n, 0n, SetTime.atim)).toBe('rofs');
    }
  },
});
