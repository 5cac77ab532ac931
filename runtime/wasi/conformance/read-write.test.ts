import { constants, openSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { ErrnoName } from '../errno.ts';
import { FdInput, FdOutput } from '../fd-stdio.ts';
import { close } from '../kernel.ts';
import { fileRights, Right } from '../rights.ts';
import { CREATE, DrivenGuest } from '../testdata/driven-guest.ts';
import type { GuestFolders } from '../testdata/guest-folders.ts';
import { Waiter } from '../wait.ts';
import { answers, type Case, conform, lacksRight, outside } from './conform.ts';
import { makeFifo } from './path-errors.ts';

/** A file that holds six letters, with every right there is for one. */
function letters(guest: DrivenGuest): number {
  const fd = guest.opened('letters', { flags: CREATE, rights: fileRights });
  guest.write(fd, 'abcdef');
  expect(seek(guest, fd, 0n, 0)).toBe(0n);
  return fd;
}

/** Runs with a guest whose stdin and stdout are the two ends of one fifo, which is empty. */
function onFifo(folders: GuestFolders, run: (guest: DrivenGuest, endReading: () => void) => void): void {
  makeFifo(folders, 'stdio');
  const waiter = new Waiter();
  const reading = openSync(folders.inside('stdio'), constants.O_RDONLY | constants.O_NONBLOCK);
  const writing = openSync(folders.inside('stdio'), constants.O_WRONLY | constants.O_NONBLOCK);
  let isReading = true;
  const endReading = (): void => {
    if (isReading) close(reading);
    isReading = false;
  };
  try {
    using guest = new DrivenGuest({
      waiter,
      stdin: new FdInput(reading, waiter),
      stdout: new FdOutput(writing, waiter),
    });
    run(guest, endReading);
  } finally {
    endReading();
    close(writing);
  }
}

function seek(guest: DrivenGuest, fd: number, offset: bigint, whence: number): ErrnoName | bigint {
  const at = guest.room(8);
  const errno = guest.call('fd_seek', fd, offset, whence, at);
  return errno === 'success' ? guest.u64(at) : errno;
}

/** Reads into buffers of these sizes, at a position or at the file's own: what each got, and the count. */
function scattered(guest: DrivenGuest, fd: number, sizes: number[], position?: bigint): ErrnoName | string[] {
  const buffers = sizes.map((size) => [guest.room(size), size] as const);
  for (const [pointer, size] of buffers) guest.bytes(pointer, size).fill(0x2e);
  const count = guest.room(4);
  const list = guest.vectors(...buffers);
  const errno =
    position === undefined
      ? guest.call('fd_read', fd, ...list, count)
      : guest.call('fd_pread', fd, ...list, position, count);
  if (errno !== 'success') return errno;
  const texts = buffers.map(([pointer, size]) => Buffer.from(guest.bytes(pointer, size)).toString());
  return [...texts, `${guest.u32(count)} bytes`];
}

function pwrite(guest: DrivenGuest, fd: number, position: bigint, ...texts: string[]): ErrnoName {
  const list = guest.vectors(...texts.map((text) => guest.text(text)));
  return guest.call('fd_pwrite', fd, ...list, position, guest.room(4));
}

/** The three ways to give buffers or a place for the count that are not in the memory. */
function faults(
  call: (guest: DrivenGuest, fd: number, list: [number, number], count: number) => ErrnoName,
): Case {
  return (guest) => {
    const fd = letters(guest);
    const good = guest.vectors(guest.text('x'));
    expect(call(guest, fd, [outside(guest, 8), 1], guest.room(4))).toBe('fault');
    expect(call(guest, fd, guest.vectors([outside(guest, 8), 8]), guest.room(4))).toBe('fault');
    expect(call(guest, fd, guest.vectors([8, -4]), guest.room(4))).toBe('fault');
    expect(call(guest, fd, good, outside(guest, 4))).toBe('fault');
  };
}

conform('fd_read', {
  'fills one buffer after the other and moves on': (guest) => {
    const fd = letters(guest);
    expect(scattered(guest, fd, [1, 0, 3])).toEqual(['a', '', 'bcd', '4 bytes']);
    expect(scattered(guest, fd, [4])).toEqual(['ef..', '2 bytes']);
    expect(scattered(guest, fd, [4])).toEqual(['....', '0 bytes']);
    expect(scattered(guest, fd, [])).toEqual(['0 bytes']);
  },
  'answers badf for what is not open, or not for reading': (guest) => {
    const writer = guest.opened('new', { flags: CREATE, rights: Right.fdWrite });
    for (const fd of [99, 1, writer]) expect(guest.read(fd)).toBe('badf');
  },
  'answers badf without fd_read': lacksRight(
    Right.fdRead,
    letters,
    (guest, fd) => guest.call('fd_read', fd, 0, 0, guest.room(4)),
    'badf',
  ),
  'answers fault for buffers and a count outside the memory': faults((guest, fd, list, count) =>
    guest.call('fd_read', fd, ...list, count),
  ),
  'answers isdir for a directory': (guest) => {
    for (const fd of [3, guest.opened('sub')]) expect(guest.read(fd)).toBe('isdir');
  },
  'answers again for a fifo that is empty, and for a stream that is not to wait': (guest, folders) => {
    makeFifo(folders, 'fifo');
    const reader = guest.opened('fifo', { rights: Right.fdRead });
    guest.opened('fifo', { rights: Right.fdWrite });
    expect(guest.read(reader)).toBe('again');
    onFifo(folders, (other) => {
      expect(other.call('fd_fdstat_set_flags', 0, 4)).toBe('success');
      expect(other.read(0)).toBe('again');
      other.write(1, 'now');
      expect(other.read(0)).toEqual({ text: 'now' });
    });
  },
});

conform('fd_write', {
  'writes one buffer after the other and moves on': (guest) => {
    const fd = letters(guest);
    expect(guest.write(fd, 'A', '', 'BC')).toBe('success');
    expect(guest.read(fd)).toEqual({ text: 'def' });
    const count = guest.room(4);
    expect(guest.call('fd_write', fd, ...guest.vectors(guest.text('gh'), guest.text('i')), count)).toBe(
      'success',
    );
    expect(guest.u32(count)).toBe(3);
    expect(guest.call('fd_write', fd, 0, 0, count)).toBe('success');
    expect(guest.u32(count)).toBe(0);
  },
  'answers badf for what is not open, or not for writing': (guest) => {
    const reader = guest.opened('new', { flags: CREATE, rights: Right.fdRead });
    for (const fd of [99, 0, reader]) expect(guest.write(fd, 'x')).toBe('badf');
  },
  'answers badf without fd_write': lacksRight(
    Right.fdWrite,
    letters,
    (guest, fd) => guest.write(fd, 'x'),
    'badf',
  ),
  'answers fault for buffers and a count outside the memory': faults((guest, fd, list, count) =>
    guest.call('fd_write', fd, ...list, count),
  ),
  'answers isdir for a directory': answers('isdir', (guest) => guest.write(3, 'x')),
  'answers again for a stream that is full and not to wait': (_guest, folders) => {
    onFifo(folders, (guest) => {
      expect(guest.call('fd_fdstat_set_flags', 1, 4)).toBe('success');
      const block = 'x'.repeat(60_000);
      let errno: ErrnoName = 'success';
      for (let i = 0; i < 1000 && errno === 'success'; i++) {
        guest.clear();
        errno = guest.write(1, block);
      }
      expect(errno).toBe('again');
    });
  },
  'answers nospc when the device behind a stream is full': () => {
    const full = openSync('/dev/full', 'w');
    using guest = new DrivenGuest({ stdout: new FdOutput(full, new Waiter()) });
    expect(guest.write(1, 'x')).toBe('nospc');
    close(full);
  },
  'answers pipe once nobody reads any more': (guest, folders) => {
    makeFifo(folders, 'fifo');
    const reader = guest.opened('fifo', { rights: Right.fdRead });
    const writer = guest.opened('fifo', { rights: Right.fdWrite });
    expect(guest.write(writer, 'x')).toBe('success');
    guest.call('fd_close', reader);
    expect(guest.write(writer, 'x')).toBe('pipe');
    onFifo(folders, (other, endReading) => {
      endReading();
      expect(other.write(1, 'x')).toBe('pipe');
    });
  },
});

conform('fd_pread', {
  'reads at a position, and leaves the own one alone': (guest) => {
    const fd = letters(guest);
    expect(scattered(guest, fd, [1, 2], 3n)).toEqual(['d', 'ef', '3 bytes']);
    expect(scattered(guest, fd, [2], 5n)).toEqual(['f.', '1 bytes']);
    expect(scattered(guest, fd, [2], 6n)).toEqual(['..', '0 bytes']);
    expect(seek(guest, fd, 0n, 1)).toBe(0n);
  },
  'finds nothing where no file reaches': (guest) => {
    for (const position of [1n << 53n, 1n << 62n, (1n << 63n) - 1n]) {
      expect(scattered(guest, letters(guest), [2], position)).toEqual(['..', '0 bytes']);
    }
  },
  'answers badf for what is not open, or not for reading': (guest) => {
    const writer = guest.opened('new', { flags: CREATE, rights: Right.fdWrite | Right.fdSeek });
    for (const fd of [99, writer]) expect(scattered(guest, fd, [1], 0n)).toBe('badf');
  },
  'answers notcapable without fd_seek': lacksRight(Right.fdSeek, letters, (guest, fd) =>
    guest.call('fd_pread', fd, 0, 0, 0n, guest.room(4)),
  ),
  'answers fault for buffers and a count outside the memory': faults((guest, fd, list, count) =>
    guest.call('fd_pread', fd, ...list, 0n, count),
  ),
  'answers inval for a position that is negative to the kernel': (guest) => {
    for (const position of [-1n, 1n << 63n])
      expect(scattered(guest, letters(guest), [1], position)).toBe('inval');
  },
  'answers isdir for a directory': (guest) => expect(scattered(guest, 3, [1], 0n)).toBe('isdir'),
  'answers spipe for a stream and a fifo': (guest, folders) => {
    makeFifo(folders, 'fifo');
    const fifo = guest.opened('fifo', { rights: Right.fdRead | Right.fdSeek });
    for (const fd of [0, fifo]) expect(scattered(guest, fd, [1], 0n)).toBe('spipe');
  },
});

conform('fd_pwrite', {
  'writes at a position, and leaves the own one alone': (guest) => {
    const fd = letters(guest);
    expect(pwrite(guest, fd, 4n, 'EF', '', 'GH')).toBe('success');
    expect(seek(guest, fd, 0n, 1)).toBe(0n);
    expect(guest.read(fd)).toEqual({ text: 'abcdEFGH' });
    expect(pwrite(guest, fd, 10n, '!')).toBe('success');
    expect(guest.read(fd)).toEqual({ text: '\0\0!' });
  },
  'answers badf for what is not open, or not for writing': (guest) => {
    const reader = guest.opened('new', { flags: CREATE, rights: Right.fdRead | Right.fdSeek });
    for (const fd of [99, reader]) expect(pwrite(guest, fd, 0n, 'x')).toBe('badf');
  },
  'answers notcapable without fd_seek': lacksRight(Right.fdSeek, letters, (guest, fd) =>
    pwrite(guest, fd, 0n, 'x'),
  ),
  'answers fault for buffers and a count outside the memory': faults((guest, fd, list, count) =>
    guest.call('fd_pwrite', fd, ...list, 0n, count),
  ),
  'answers fbig for a position no file reaches': (guest) => {
    for (const position of [1n << 53n, (1n << 63n) - 1n]) {
      expect(pwrite(guest, letters(guest), position, 'x')).toBe('fbig');
    }
  },
  'answers inval for a position that is negative to the kernel': (guest) => {
    for (const position of [-1n, 1n << 63n])
      expect(pwrite(guest, letters(guest), position, 'x')).toBe('inval');
  },
  'answers isdir for a directory': answers('isdir', (guest) => pwrite(guest, 3, 0n, 'x')),
  'answers spipe for a stream and a fifo': (guest, folders) => {
    makeFifo(folders, 'fifo');
    guest.opened('fifo', { rights: Right.fdRead });
    const fifo = guest.opened('fifo', { rights: Right.fdWrite | Right.fdSeek });
    for (const fd of [1, fifo]) expect(pwrite(guest, fd, 0n, 'x')).toBe('spipe');
  },
});

conform('fd_seek', {
  'moves from the start, from here and from the end, even beyond it': (guest) => {
    const fd = letters(guest);
    expect([seek(guest, fd, 2n, 0), seek(guest, fd, 3n, 1), seek(guest, fd, -2n, 2)]).toEqual([2n, 5n, 4n]);
    expect(guest.read(fd)).toEqual({ text: 'ef' });
    expect(seek(guest, fd, 1000n, 1)).toBe(1006n);
    expect(guest.read(fd)).toEqual({ text: '' });
  },
  'stays where it is with nothing but the right to tell': (guest) => {
    letters(guest);
    const fd = guest.opened('letters', { rights: Right.fdRead | Right.fdTell });
    guest.read(fd, 3);
    expect(seek(guest, fd, 0n, 1)).toBe(3n);
    expect([seek(guest, fd, 1n, 1), seek(guest, fd, 0n, 0), seek(guest, fd, 0n, 2)]).toEqual(
      Array(3).fill('notcapable'),
    );
  },
  'answers badf for a descriptor that is not open': (guest) => expect(seek(guest, 99, 0n, 0)).toBe('badf'),
  'answers notcapable without fd_seek': lacksRight(Right.fdSeek, letters, (guest, fd) =>
    guest.call('fd_seek', fd, 1n, 0, guest.room(8)),
  ),
  'answers fault for a result outside the memory': answers('fault', (guest) =>
    guest.call('fd_seek', letters(guest), 0n, 0, outside(guest, 8)),
  ),
  'answers inval before the start, and from a base there is not': (guest) => {
    const fd = letters(guest);
    expect([
      seek(guest, fd, -1n, 0),
      seek(guest, fd, -7n, 2),
      seek(guest, fd, 0n, 3),
      seek(guest, fd, 0n, -1),
    ]).toEqual(Array(4).fill('inval'));
    expect(seek(guest, fd, 0n, 1)).toBe(0n);
  },
  'answers isdir for a directory': (guest) => expect(seek(guest, 3, 0n, 0)).toBe('isdir'),
  'answers spipe for a stream and a fifo': (guest, folders) => {
    makeFifo(folders, 'fifo');
    const fifo = guest.opened('fifo', { rights: Right.fdRead | Right.fdSeek });
    for (const fd of [0, fifo]) expect(seek(guest, fd, 0n, 1)).toBe('spipe');
  },
});

conform('fd_tell', {
  'tells the position, which either right allows': (guest) => {
    letters(guest);
    for (const right of [Right.fdTell, Right.fdSeek]) {
      const fd = guest.opened('letters', { rights: Right.fdRead | right });
      guest.read(fd, 4);
      const at = guest.room(8);
      expect(guest.call('fd_tell', fd, at)).toBe('success');
      expect(guest.u64(at)).toBe(4n);
    }
  },
  'answers badf for a descriptor that is not open': answers('badf', (guest) => guest.call('fd_tell', 99, 0)),
  'answers notcapable without fd_tell and fd_seek': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    expect(guest.call('fd_tell', guest.opened('file', { rights: Right.fdRead }), 0)).toBe('notcapable');
  },
  'answers fault for a result outside the memory': answers('fault', (guest) =>
    guest.call('fd_tell', letters(guest), outside(guest, 8)),
  ),
  'answers isdir for a directory': answers('isdir', (guest) => guest.call('fd_tell', 3, 0)),
  'answers spipe for a stream and a fifo': (guest, folders) => {
    makeFifo(folders, 'fifo');
    const fifo = guest.opened('fifo', { rights: Right.fdRead | Right.fdTell });
    for (const fd of [0, fifo]) expect(guest.call('fd_tell', fd, 0)).toBe('spipe');
  },
});
