import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { expect } from 'vitest';
import { Right } from '../rights.ts';
import { conform, outside } from './conform.ts';
import { type PathCall, pathErrors, readOnly, rootError } from './path-errors.ts';

const createDirectory: PathCall = (guest, ...at) => guest.call('path_create_directory', ...at);

conform('path_create_directory', {
  'makes a directory, with or without slashes behind its name': (guest, { inside }) => {
    for (const name of ['one', 'sub/two', 'three///']) {
      expect(guest.path('path_create_directory', 3, name)).toBe('success');
      expect(statSync(inside(name)).isDirectory()).toBe(true);
    }
  },
  ...pathErrors(createDirectory, Right.pathCreateDirectory),
  ...rootError(createDirectory),
  'answers exist for every name that is taken': (guest, { inside }) => {
    symlinkSync('none', inside('dangling'));
    for (const name of ['sub', 'sub/', '.', 'sub/..', 'dangling', 'dangling/']) {
      expect(guest.path('path_create_directory', 3, name)).toBe('exist');
    }
  },
  'answers rofs below a read-only folder': readOnly(createDirectory),
});

const removeDirectory: PathCall = (guest, ...at) => guest.call('path_remove_directory', ...at);

conform('path_remove_directory', {
  'removes an empty directory, with or without slashes behind its name': (guest, { inside }) => {
    mkdirSync(inside('sub/one'));
    for (const name of ['sub/one', 'sub//'])
      expect(guest.path('path_remove_directory', 3, name)).toBe('success');
    expect(readdirSync(inside('.'))).toEqual([]);
  },
  ...pathErrors(removeDirectory, Right.pathRemoveDirectory),
  ...rootError(removeDirectory),
  'answers noent for what is not there': (guest) => {
    for (const name of ['none', 'none/', ''])
      expect(guest.path('path_remove_directory', 3, name)).toBe('noent');
  },
  'answers inval for the directory itself': (guest) => {
    for (const name of ['.', 'sub/.', 'sub/./'])
      expect(guest.path('path_remove_directory', 3, name)).toBe('inval');
  },
  'answers notdir for a file and for a link to a directory': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    symlinkSync('sub', inside('link'));
    for (const name of ['file', 'file/', 'link', 'link/', 'file/x']) {
      expect(guest.path('path_remove_directory', 3, name)).toBe('notdir');
    }
    expect(guest.path('path_remove_directory', 0, 'sub')).toBe('notdir');
  },
  'answers notempty for a directory that holds something': (guest, { inside }) => {
    writeFileSync(inside('sub/file'), '');
    for (const name of ['sub', 'sub/', 'sub/..'])
      expect(guest.path('path_remove_directory', 3, name)).toBe('notempty');
  },
  'answers rofs below a read-only folder': readOnly(removeDirectory),
});

const unlinkFile: PathCall = (guest, ...at) => guest.call('path_unlink_file', ...at);

conform('path_unlink_file', {
  'removes a file, and a link itself': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    symlinkSync('sub', inside('link'));
    for (const name of ['file', 'link']) expect(guest.path('path_unlink_file', 3, name)).toBe('success');
    expect(readdirSync(inside('.'))).toEqual(['sub']);
  },
  ...pathErrors(unlinkFile, Right.pathUnlinkFile),
  ...rootError(unlinkFile),
  'answers noent for what is not there': (guest) => {
    for (const name of ['none', 'none/', '']) expect(guest.path('path_unlink_file', 3, name)).toBe('noent');
  },
  'answers isdir for every directory': (guest) => {
    for (const name of ['sub', 'sub/', '.', 'sub/..'])
      expect(guest.path('path_unlink_file', 3, name)).toBe('isdir');
  },
  'answers notdir for a file with a slash behind its name, and for a link with one': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    symlinkSync('sub', inside('link'));
    for (const name of ['file/', 'link/', 'file/x']) {
      expect(guest.path('path_unlink_file', 3, name)).toBe('notdir');
    }
    expect(guest.path('path_unlink_file', 0, 'file')).toBe('notdir');
  },
  'answers rofs below a read-only folder': readOnly(unlinkFile),
});

const filestatGet: PathCall = (guest, fd, ...at) =>
  guest.call('path_filestat_get', fd, 1, ...at, guest.room(64));

conform('path_filestat_get', {
  'tells of a file, and of a link or what it leads to': (guest, { inside }) => {
    writeFileSync(inside('file'), 'five!');
    symlinkSync('file', inside('link'));
    const at = guest.room(64);
    const told = (follow: number, name: string): unknown[] => {
      expect(guest.path('path_filestat_get', 3, follow, name, at)).toBe('success');
      return [guest.view.getUint8(at + 16), guest.u64(at + 32), guest.u64(at + 8)];
    };
    const { ino } = statSync(inside('file'), { bigint: true });
    expect(told(1, 'link')).toEqual([4, 5n, ino]);
    expect(told(0, 'file')).toEqual([4, 5n, ino]);
    expect(told(0, 'link')).toEqual([7, 4n, lstatSync(inside('link'), { bigint: true }).ino]);
    expect(told(0, '.')[0]).toBe(3);
  },
  ...pathErrors(filestatGet, Right.pathFilestatGet),
  ...rootError(filestatGet),
  'answers fault for a path or a result outside the memory': (guest) => {
    expect(filestatGet(guest, 3, outside(guest), 4)).toBe('fault');
    expect(guest.path('path_filestat_get', 3, 0, 'sub', outside(guest, 64))).toBe('fault');
  },
  'answers inval for a way to look up there is not': (guest) => {
    expect(guest.path('path_filestat_get', 3, 2, 'sub', guest.room(64))).toBe('inval');
  },
});

const setTimes: PathCall = (guest, fd, ...at) =>
  guest.call('path_filestat_set_times', fd, 1, ...at, 1n, 1n, 5);

conform('path_filestat_set_times', {
  'sets the times of a file, and of a link or what it leads to': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    symlinkSync('file', inside('link'));
    const second = 1_000_000_000n;
    expect(guest.path('path_filestat_set_times', 3, 0, 'link', 0n, second, 4)).toBe('success');
    expect(guest.path('path_filestat_set_times', 3, 1, 'link', 2n * second, 3n * second, 5)).toBe('success');
    expect(guest.path('path_filestat_set_times', 3, 1, 'file', 9n * second, 9n * second, 0)).toBe('success');
    expect(lstatSync(inside('link')).mtimeMs).toBe(1000);
    expect([statSync(inside('file')).atimeMs, statSync(inside('file')).mtimeMs]).toEqual([2000, 3000]);
    expect(guest.path('path_filestat_set_times', 3, 0, 'file', 0n, 0n, 8)).toBe('success');
    expect(statSync(inside('file')).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
    expect(statSync(inside('file')).atimeMs).toBe(2000);
  },
  ...pathErrors(setTimes, Right.pathFilestatSetTimes),
  'answers inval for a time set both ways, and flags there are not': (guest) => {
    for (const flags of [3, 12, 16]) {
      expect(guest.path('path_filestat_set_times', 3, 0, 'sub', 0n, 0n, flags)).toBe('inval');
    }
    expect(guest.path('path_filestat_set_times', 3, 2, 'sub', 0n, 0n, 5)).toBe('inval');
  },
  'answers rofs below a read-only folder': readOnly(setTimes),
});

const readlink: PathCall = (guest, fd, ...at) =>
  guest.call('path_readlink', fd, ...at, guest.room(16), 16, guest.room(4));

conform('path_readlink', {
  'reads where a link leads, cut to the room there is': (guest, { inside }) => {
    symlinkSync('../../anywhere', inside('link'));
    const at = guest.room(32);
    const used = guest.room(4);
    for (const [size, text] of [
      [32, '../../anywhere'],
      [14, '../../anywhere'],
      [5, '../..'],
      [0, ''],
    ] as const) {
      guest.bytes(at, 32).fill(0);
      expect(guest.path('path_readlink', 3, 'link', at, size, used)).toBe('success');
      expect(guest.u32(used)).toBe(text.length);
      expect(Buffer.from(guest.bytes(at, 32)).toString().replaceAll('\0', '')).toBe(text);
    }
  },
  ...pathErrors(readlink, Right.pathReadlink),
  ...rootError(readlink),
  'answers fault for a path, a buffer or a count outside the memory': (guest, { inside }) => {
    symlinkSync('x', inside('link'));
    const at = guest.room(16);
    expect(readlink(guest, 3, outside(guest), 4)).toBe('fault');
    expect(guest.path('path_readlink', 3, 'link', outside(guest, 16), 16, at)).toBe('fault');
    expect(guest.path('path_readlink', 3, 'link', at, 16, outside(guest))).toBe('fault');
  },
  'answers inval for what is no link': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    for (const name of ['file', 'sub', '.']) expect(readlink(guest, 3, ...guest.text(name))).toBe('inval');
  },
});

const symlink: PathCall = (guest, ...at) => guest.call('path_symlink', ...guest.text('target'), ...at);

conform('path_symlink', {
  'makes a link to any relative target, there or not': (guest, { inside }) => {
    for (const target of ['sub', 'none', '../../up', 'x'.repeat(4000)]) {
      expect(guest.path('path_symlink', target, 3, 'sub/link')).toBe('success');
      expect(readlinkSync(inside('sub/link'))).toBe(target);
      guest.path('path_unlink_file', 3, 'sub/link');
    }
  },
  ...pathErrors(symlink, Right.pathSymlink),
  ...rootError(symlink),
  'answers notcapable for an absolute target': (guest) => {
    expect(guest.path('path_symlink', '/', 3, 'link')).toBe('notcapable');
  },
  'answers fault for a target outside the memory': (guest) => {
    expect(guest.call('path_symlink', outside(guest), 4, 3, ...guest.text('link'))).toBe('fault');
  },
  'answers ilseq for a NUL in the target': (guest) => {
    expect(guest.path('path_symlink', 'a\0b', 3, 'link')).toBe('ilseq');
  },
  'answers exist for every name that is taken': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    for (const name of ['sub', 'sub/', 'file', 'file/', '.', 'sub/..']) {
      expect(guest.path('path_symlink', 'x', 3, name)).toBe('exist');
    }
  },
  'answers noent for no target, and for a new name with a slash behind it': (guest) => {
    expect(guest.path('path_symlink', '', 3, 'link')).toBe('noent');
    expect(guest.path('path_symlink', 'x', 3, 'link/')).toBe('noent');
  },
  'answers rofs below a read-only folder': readOnly(symlink),
});
