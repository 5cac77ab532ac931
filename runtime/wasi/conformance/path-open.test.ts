import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { inheritedRights, Right } from '../rights.ts';
import { CREATE, DIRECTORY_ONLY, DrivenGuest, EXCLUSIVE, TRUNCATE } from '../testdata/driven-guest.ts';
import { conform, lacksRight, outside } from './conform.ts';
import { makeFifo, ownDirectory, pathErrors } from './path-errors.ts';

/** `fdflags`. */
const FdFlag = { append: 1, dsync: 2, nonblock: 4, rsync: 8, sync: 16 } as const;

const shared = pathErrors(
  (guest, fd, pointer, length) =>
    guest.call('path_open', fd, 1, pointer, length, 0, Right.fdRead, 0n, 0, guest.room(4)),
  Right.pathOpen,
);

/** Rights that make an open one for writing. */
const WRITING = Right.fdRead | Right.fdWrite;

conform('path_open', {
  'opens what there is, and creates a file only when asked to': (guest, { inside }) => {
    expect(guest.open('new', { write: true })).toBe('noent');
    guest.write(guest.opened('new', { flags: CREATE, write: true }), 'text');
    guest.opened('new', { flags: CREATE, write: true });
    expect(readFileSync(inside('new'), 'utf8')).toBe('text');
    expect(guest.opened('sub', { flags: DIRECTORY_ONLY })).toBeTypeOf('number');
    expect(guest.opened('sub/')).toBeTypeOf('number');
    expect(guest.opened('sub/.././sub/..')).toBeTypeOf('number');
  },
  'creates a file even with no right to write it, and empties one with no right to resize it': (
    guest,
    { inside },
  ) => {
    guest.opened('new', { flags: CREATE | EXCLUSIVE, rights: 0n });
    writeFileSync(inside('new'), 'text');
    guest.opened('new', { flags: TRUNCATE, rights: 0n });
    expect(readFileSync(inside('new'), 'utf8')).toBe('');
  },
  'follows a link at the end when asked to, and creates what it leads to': (guest, { inside }) => {
    symlinkSync('new', inside('link'));
    expect(guest.open('link', { flags: CREATE | EXCLUSIVE, write: true })).toBe('exist');
    guest.write(guest.opened('link', { flags: CREATE, write: true }), 'through');
    expect(readFileSync(inside('new'), 'utf8')).toBe('through');
  },
  'appends, whatever the position, when opened so': (guest, { inside }) => {
    writeFileSync(inside('file'), 'one ');
    const fd = guest.opened('file', { write: true, fdFlags: FdFlag.append });
    guest.call('fd_seek', fd, 0n, 0, guest.room(8));
    guest.write(fd, 'two');
    expect(readFileSync(inside('file'), 'utf8')).toBe('one two');
  },
  'opens for reading and writing as the rights say': (guest, { inside }) => {
    writeFileSync(inside('file'), 'x');
    const reader = guest.opened('file', { rights: Right.fdRead });
    const writer = guest.opened('file', { rights: Right.fdWrite });
    expect([guest.write(reader, 'y'), guest.read(writer)]).toEqual(['badf', 'badf']);
    const both = guest.opened('file', { rights: WRITING });
    expect([guest.write(both, 'y'), guest.read(both)]).toEqual(['success', { text: '' }]);
  },
  'takes every flag of a synchronous file': (guest) => {
    for (const fdFlags of [FdFlag.dsync, FdFlag.rsync, FdFlag.sync, 31]) {
      expect(guest.write(guest.opened('new', { flags: CREATE, write: true, fdFlags }), 'x')).toBe('success');
    }
  },
  ...shared,
  'answers fault for a result outside the memory, and creates nothing': (guest, { inside }) => {
    const name = guest.text('new');
    expect(guest.call('path_open', 3, 0, ...name, CREATE, 0n, 0n, 0, outside(guest))).toBe('fault');
    expect(() => readFileSync(inside('new'))).toThrow('ENOENT');
  },
  'answers notcapable for rights the directory does not pass on': (guest) => {
    const most = inheritedRights & ~Right.fdWrite;
    expect(guest.call('fd_fdstat_set_rights', 3, Right.pathOpen, most)).toBe('success');
    expect(guest.open('sub', { rights: Right.fdWrite, inheriting: 0n })).toBe('notcapable');
    expect(guest.open('sub', { rights: 0n, inheriting: Right.fdWrite })).toBe('notcapable');
    expect(guest.open('sub', { rights: most, inheriting: most, flags: DIRECTORY_ONLY })).toBeTypeOf('number');
    expect(guest.open('sub', { rights: 1n << 40n, inheriting: 0n })).toBe('notcapable');
    expect(guest.open('sub', { rights: Right.sockAccept, inheriting: 0n })).toBe('notcapable');
  },
  'answers notcapable for rights two directories on': (guest) => {
    const first = guest.opened('sub', {
      rights: Right.pathOpen,
      inheriting: Right.pathOpen | Right.fdReaddir,
    });
    expect(guest.open('.', { at: first, rights: Right.fdReaddir, inheriting: 0n })).toBeTypeOf('number');
    expect(guest.open('.', { at: first, rights: Right.fdFilestatGet, inheriting: 0n })).toBe('notcapable');
    const second = guest.opened('.', { at: first, rights: Right.pathOpen, inheriting: 0n });
    expect(guest.open('.', { at: second, rights: Right.fdReaddir, inheriting: 0n })).toBe('notcapable');
    expect(guest.open('.', { at: second, rights: 0n, inheriting: 0n })).toBeTypeOf('number');
  },
  'answers notcapable for creating without path_create_file': lacksRight(
    Right.pathCreateFile,
    ownDirectory,
    (guest, fd) => {
      const fdOrErrno = guest.open('new', { at: fd, flags: CREATE, rights: 0n, inheriting: 0n });
      return typeof fdOrErrno === 'string' ? fdOrErrno : 'success';
    },
  ),
  'answers notcapable for emptying without path_filestat_set_size': lacksRight(
    Right.pathFilestatSetSize,
    ownDirectory,
    (guest, fd) => {
      const fdOrErrno = guest.open('new', { at: fd, flags: TRUNCATE, rights: 0n, inheriting: 0n });
      return typeof fdOrErrno === 'string' ? fdOrErrno : 'success';
    },
  ),
  'answers notcapable for a synchronous file without fd_datasync and fd_sync': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    const open = (fdFlags: number): unknown => guest.open('file', { rights: 0n, inheriting: 0n, fdFlags });
    expect(guest.call('fd_fdstat_set_rights', 3, Right.pathOpen | Right.fdSync | Right.fdDatasync, 0n)).toBe(
      'success',
    );
    expect([FdFlag.dsync, FdFlag.rsync, FdFlag.sync].map(open)).not.toContain('notcapable');
    guest.call('fd_fdstat_set_rights', 3, Right.pathOpen | Right.fdDatasync, 0n);
    expect(open(FdFlag.dsync)).toBeTypeOf('number');
    expect([FdFlag.rsync, FdFlag.sync].map(open)).toEqual(['notcapable', 'notcapable']);
    guest.call('fd_fdstat_set_rights', 3, Right.pathOpen, 0n);
    expect([FdFlag.dsync, FdFlag.rsync, FdFlag.sync].map(open)).toEqual(Array(3).fill('notcapable'));
  },
  'answers acces for a device': () => {
    using guest = new DrivenGuest({ preopens: [{ guestPath: '/dev', hostPath: '/dev', writable: true }] });
    expect(guest.open('null')).toBe('acces');
    expect(guest.open('zero', { rights: Right.fdWrite })).toBe('acces');
  },
  'answers exist for a file that is to be new, and for one that is not to be there': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    expect(guest.open('file', { flags: CREATE | EXCLUSIVE, write: true })).toBe('exist');
    expect(guest.open('sub', { flags: CREATE | EXCLUSIVE, write: true })).toBe('exist');
    writeFileSync(inside('file'), 'kept');
    expect(guest.open('file', { flags: EXCLUSIVE })).toBe('exist');
    expect(guest.open('file', { flags: EXCLUSIVE | TRUNCATE, write: true })).toBe('exist');
    expect(guest.open('sub', { flags: EXCLUSIVE | DIRECTORY_ONLY })).toBe('exist');
    expect(readFileSync(inside('file'), 'utf8')).toBe('kept');
    expect(guest.open('none', { flags: EXCLUSIVE })).toBe('noent');
  },
  'answers inval for flags there are not, and for a directory that is to be created': (guest) => {
    expect(guest.open('sub', { flags: 16 })).toBe('inval');
    expect(guest.open('sub', { fdFlags: 32 })).toBe('inval');
    expect(guest.path('path_open', 3, 2, 'sub', 0, 0n, 0n, 0, guest.room(4))).toBe('inval');
    expect(guest.open('new', { flags: CREATE | DIRECTORY_ONLY })).toBe('inval');
  },
  'answers isdir for a directory that is to be written, emptied or created': (guest) => {
    expect(guest.open('sub', { rights: WRITING })).toBe('isdir');
    expect(guest.open('sub', { rights: WRITING, flags: DIRECTORY_ONLY })).toBe('isdir');
    expect(guest.open('sub', { flags: TRUNCATE })).toBe('isdir');
    expect(guest.open('sub', { flags: CREATE, rights: WRITING })).toBe('isdir');
    expect(guest.open('new/', { flags: CREATE, rights: WRITING })).toBe('isdir');
  },
  'answers loop for a link that is not to be followed, or leads round': (guest, { inside }) => {
    symlinkSync('circle', inside('circle'));
    symlinkSync('sub', inside('link'));
    expect(guest.open('circle')).toBe('loop');
    expect(guest.open('circle/x')).toBe('loop');
    expect(guest.open('link', { follow: false })).toBe('loop');
    expect(guest.open('link', { follow: false, flags: CREATE, write: true })).toBe('loop');
    expect(guest.open('link')).toBeTypeOf('number');
  },
  'answers mfile when the guest holds all it may, and opens again once it has closed one': () => {
    using guest = new DrivenGuest({
      preopens: [{ guestPath: '/tmp', hostPath: '/dev/shm', writable: false }],
      descriptors: 6,
    });
    expect([guest.open('.'), guest.open('.'), guest.open('.')]).toEqual([4, 5, 'mfile']);
    guest.call('fd_close', 4);
    expect(guest.open('.')).toBe(4);
  },
  'answers notdir for a file that is to be a directory': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    symlinkSync('file', inside('link'));
    expect(guest.open('file', { flags: DIRECTORY_ONLY })).toBe('notdir');
    expect(guest.open('file/')).toBe('notdir');
    expect(guest.open('file/.')).toBe('notdir');
    expect(guest.open('link', { flags: DIRECTORY_ONLY })).toBe('notdir');
    expect(guest.open('x', { at: guest.opened('file') })).toBe('notdir');
    expect(guest.open('x', { at: 0 })).toBe('notdir');
  },
  'answers nxio for a fifo that is to be written and has no reader': (guest, folders) => {
    makeFifo(folders, 'fifo');
    expect(guest.open('fifo', { rights: Right.fdWrite })).toBe('nxio');
  },
  'answers rofs below a read-only folder, where a read-only file system would': (guest, { top }) => {
    writeFileSync(path.join(top, 'readonly/file'), 'kept');
    mkdirSync(path.join(top, 'readonly/dir'));
    const open = (name: string, options: object): unknown => guest.open(name, { at: 4, ...options });
    expect(open('file', { rights: WRITING })).toBe('rofs');
    expect(open('file', { flags: TRUNCATE })).toBe('rofs');
    expect(open('new', { flags: CREATE })).toBe('rofs');
    expect(open('file', { flags: CREATE | EXCLUSIVE })).toBe('exist');
    expect(open('file', { flags: CREATE })).toBeTypeOf('number');
    expect(open('none', { rights: WRITING })).toBe('noent');
    expect(open('dir', { rights: WRITING })).toBe('isdir');
    expect(open('../outside/secret', { rights: WRITING })).toBe('notcapable');
    expect(readFileSync(path.join(top, 'readonly/file'), 'utf8')).toBe('kept');
  },
});
