import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Right } from './rights.ts';
import { CREATE, DIRECTORY_ONLY, DrivenGuest, EXCLUSIVE, TRUNCATE } from './testdata/driven-guest.ts';

let directory: string;
let guest: DrivenGuest;

beforeEach(() => {
  directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'wasi-file-')));
  guest = newGuest();
});

afterEach(() => {
  guest[Symbol.dispose]();
  rmSync(directory, { recursive: true, force: true });
});

function newGuest(descriptors = 64): DrivenGuest {
  return new DrivenGuest({
    preopens: [{ guestPath: '/data', hostPath: directory, writable: true }],
    descriptors,
  });
}

function place(name: string): string {
  return path.join(directory, name);
}

function contents(name: string): string {
  return readFileSync(place(name), 'utf8');
}

describe('files', () => {
  it('are created, written, sought and read', () => {
    const fd = guest.opened('new', { flags: CREATE | EXCLUSIVE, write: true });
    expect(guest.write(fd, 'hello ', 'world')).toBe('success');
    const at = guest.room(8);
    expect(guest.call('fd_tell', fd, at)).toBe('success');
    expect(guest.u64(at)).toBe(11n);
    expect(guest.call('fd_seek', fd, -5n, 2, at)).toBe('success');
    expect(guest.u64(at)).toBe(6n);
    expect(guest.read(fd)).toEqual({ text: 'world' });
    expect(guest.read(fd)).toEqual({ text: '' });
    expect(guest.call('fd_seek', fd, -1n, 0, at)).toBe('inval');
    expect(guest.call('fd_seek', fd, 0n, 3, at)).toBe('inval');
    expect(contents('new')).toBe('hello world');
  });

  it('are read and written at a position, which moves nothing', () => {
    writeFileSync(place('f'), 'abcdef');
    const fd = guest.opened('f', { write: true });
    const count = guest.room(4);
    const first = guest.room(2);
    const second = guest.room(2);
    expect(guest.call('fd_pread', fd, ...guest.vectors([first, 2], [second, 2]), 1n, count)).toBe('success');
    expect(Buffer.from(guest.bytes(first, 2)).toString()).toBe('bc');
    expect(Buffer.from(guest.bytes(second, 2)).toString()).toBe('de');
    expect(guest.call('fd_pwrite', fd, ...guest.vectors(guest.text('XY'), guest.text('Z')), 2n, count)).toBe(
      'success',
    );
    expect(contents('f')).toBe('abXYZf');
    expect(guest.read(fd)).toEqual({ text: 'abXYZf' });
    // Node would take a position it cannot hold for "none", and write somewhere else.
    for (const position of [1n << 62n, BigInt(Number.MAX_SAFE_INTEGER)]) {
      expect(guest.call('fd_pwrite', fd, ...guest.vectors(guest.text('!')), position, count)).toBe('fbig');
    }
    expect(contents('f')).toBe('abXYZf');
  });

  it('open as their flags say', () => {
    writeFileSync(place('f'), 'old');
    expect(guest.open('f', { flags: CREATE | EXCLUSIVE, write: true })).toBe('exist');
    expect(guest.open('none')).toBe('noent');
    expect(guest.open('f', { flags: DIRECTORY_ONLY })).toBe('notdir');
    expect(guest.open('f/x')).toBe('notdir');
    expect(guest.open('', { flags: CREATE, write: true })).toBe('noent');
    expect(guest.open('f', { flags: CREATE | DIRECTORY_ONLY })).toBe('inval');
    expect(guest.open('f', { fdFlags: 64 })).toBe('inval');
    expect(guest.open('.', { write: true })).toBe('isdir');
    expect(guest.open('x'.repeat(5000))).toBe('nametoolong');
    expect(guest.open('x'.repeat(300))).toBe('nametoolong');
    expect(guest.open('a\0b')).toBe('ilseq');
    guest.opened('f', { flags: TRUNCATE, write: true });
    expect(contents('f')).toBe('');
  });

  it('append when opened so, and when made to later', () => {
    writeFileSync(place('f'), 'one ');
    const fd = guest.opened('f', { write: true, fdFlags: 1 });
    expect(guest.write(fd, 'two ')).toBe('success');
    const other = guest.opened('f', { write: true });
    expect(guest.call('fd_fdstat_set_flags', other, 1)).toBe('success');
    expect(guest.write(other, 'three')).toBe('success');
    expect(contents('f')).toBe('one two three');
    expect(guest.call('fd_fdstat_set_flags', other, 16)).toBe('notsup');
  });

  it('read and write only as they were opened', () => {
    writeFileSync(place('f'), 'x');
    const reader = guest.opened('f');
    expect(guest.write(reader, 'y')).toBe('badf');
    const writer = guest.opened('f', { rights: Right.fdWrite });
    expect(guest.read(writer)).toBe('badf');
    expect(guest.write(writer, 'z')).toBe('success');
    expect(contents('f')).toBe('z');
  });

  it('have a size, times and a type', () => {
    const fd = guest.opened('f', { flags: CREATE, write: true });
    expect(guest.call('fd_filestat_set_size', fd, 5n)).toBe('success');
    expect(guest.call('fd_filestat_set_size', fd, -1n)).toBe('inval');
    expect(guest.call('fd_filestat_set_times', fd, 1_000_000_001n, 2_000_000_002n, 5)).toBe('success');
    const at = guest.room(64);
    expect(guest.call('fd_filestat_get', fd, at)).toBe('success');
    expect(guest.u64(at + 8)).toBe(BigInt(statSync(place('f')).ino));
    expect(guest.view.getUint8(at + 16)).toBe(4);
    expect([24, 32, 40, 48].map((offset) => guest.u64(at + offset))).toEqual([
      1n,
      5n,
      1_000_000_001n,
      2_000_000_002n,
    ]);
    expect(guest.call('fd_filestat_set_times', fd, 0n, 0n, 3)).toBe('inval');
    const before = BigInt(Date.now() - 1000) * 1_000_000n;
    expect(guest.call('fd_filestat_set_times', fd, 0n, 0n, 8)).toBe('success');
    expect(guest.call('fd_filestat_get', fd, at)).toBe('success');
    expect(guest.u64(at + 40)).toBe(1_000_000_001n);
    expect(guest.u64(at + 48) > before).toBe(true);
  });

  it('are allocated, advised and synchronised', () => {
    const fd = guest.opened('f', { flags: CREATE, write: true });
    expect(guest.call('fd_allocate', fd, 0n, 4096n)).toBe('success');
    expect(statSync(place('f')).size).toBe(4096);
    expect(guest.call('fd_allocate', fd, 0n, 0n)).toBe('inval');
    expect(guest.call('fd_advise', fd, 0n, 0n, 5)).toBe('success');
    expect(guest.call('fd_advise', fd, 0n, 0n, 6)).toBe('inval');
    expect(guest.call('fd_sync', fd)).toBe('success');
    expect(guest.call('fd_datasync', fd)).toBe('success');
  });

  it('cannot make a guest wait: a fifo without its other end is empty or has no reader', () => {
    execFileSync('mkfifo', [place('fifo')]);
    const reader = guest.opened('fifo', { rights: Right.fdRead });
    expect(guest.read(reader)).toEqual({ text: '' });
    const writer = guest.opened('fifo', { rights: Right.fdWrite });
    expect(guest.read(reader)).toBe('again');
    expect(guest.write(writer, 'through')).toBe('success');
    expect(guest.read(reader)).toEqual({ text: 'through' });
    expect(guest.call('fd_close', reader)).toBe('success');
    expect(guest.open('fifo', { rights: Right.fdWrite })).toBe('nxio');
  });
});

describe('descriptors', () => {
  it('are closed once, and the lowest free number is handed out', () => {
    writeFileSync(place('f'), '');
    const [first, second] = [guest.opened('f'), guest.opened('f')];
    expect([first, second]).toEqual([4, 5]);
    expect(guest.call('fd_close', first)).toBe('success');
    expect(guest.call('fd_close', first)).toBe('badf');
    expect(guest.opened('f')).toBe(first);
    expect(guest.call('fd_close', -1)).toBe('badf');
    expect(guest.call('fd_close', 1 << 30)).toBe('badf');
  });

  it('are limited in number', () => {
    writeFileSync(place('f'), '');
    using poor = newGuest(6);
    const opened = Array.from({ length: 4 }, () => poor.open('f'));
    expect(opened).toEqual([4, 5, 'mfile', 'mfile']);
    expect(poor.call('fd_close', 4)).toBe('success');
    expect(poor.open('f')).toBe(4);
  });

  it('are renumbered onto stdio, onto each other and onto preopened directories', () => {
    const fd = guest.opened('f', { flags: CREATE, write: true });
    expect(guest.call('fd_renumber', fd, 1)).toBe('success');
    expect(guest.write(1, 'to the file')).toBe('success');
    expect(contents('f')).toBe('to the file');
    expect(guest.stdout.contents()).toHaveLength(0);
    expect(guest.write(fd, 'x')).toBe('badf');
    expect(guest.call('fd_renumber', 1, 40)).toBe('badf');
    expect(guest.call('fd_renumber', 40, 1)).toBe('badf');
    expect(guest.call('fd_renumber', 1, 1)).toBe('success');
    expect(guest.call('fd_renumber', 1, 3)).toBe('success');
    expect(guest.write(3, '!')).toBe('success');
    expect(contents('f')).toBe('to the file!');
    expect(guest.open('f')).toBe('notdir');
  });

  it('give up rights and never win them back', () => {
    writeFileSync(place('f'), 'x');
    const at = guest.room(24);
    const fd = guest.opened('f');
    expect(guest.call('fd_fdstat_set_rights', fd, Right.fdRead, 0n)).toBe('success');
    expect(guest.call('fd_fdstat_get', fd, at)).toBe('success');
    expect(guest.u64(at + 8)).toBe(Right.fdRead);
    expect(guest.call('fd_seek', fd, 0n, 0, at)).toBe('notcapable');
    expect(guest.call('fd_fdstat_set_rights', fd, Right.fdRead | Right.fdSeek, 0n)).toBe('notcapable');
    expect(guest.call('fd_fdstat_set_rights', fd, 0n, 0n)).toBe('success');
    expect(guest.read(fd)).toBe('badf');
  });

  it('pass on no more rights than their directory has', () => {
    writeFileSync(place('f'), 'x');
    const at = guest.room(24);
    expect(guest.call('fd_fdstat_get', 3, at)).toBe('success');
    const [base, inheriting] = [guest.u64(at + 8), guest.u64(at + 16)];
    expect(guest.call('fd_fdstat_set_rights', 3, base, inheriting & ~Right.fdWrite)).toBe('success');
    expect(guest.open('f', { write: true })).toBe('notcapable');
    expect(guest.open('f', { rights: Right.fdRead, inheriting: 0n })).toBeTypeOf('number');
    expect(guest.call('fd_fdstat_set_rights', 3, base & ~Right.pathCreateFile, 0n)).toBe('success');
    expect(guest.open('new', { rights: 0n, inheriting: 0n, flags: CREATE })).toBe('notcapable');
  });

  it('know preopened directories by name', () => {
    const at = guest.room(8);
    expect(guest.call('fd_prestat_get', 3, at)).toBe('success');
    expect([guest.u32(at), guest.u32(at + 4)]).toEqual([0, 5]);
    expect(guest.call('fd_prestat_dir_name', 3, at, 4)).toBe('nametoolong');
    expect(guest.call('fd_prestat_dir_name', 3, at, 5)).toBe('success');
    expect(Buffer.from(guest.bytes(at, 5)).toString()).toBe('/data');
    expect(guest.call('fd_prestat_get', 4, at)).toBe('badf');
    const own = guest.opened('.');
    expect(guest.call('fd_prestat_get', own, at)).toBe('badf');
  });
});
