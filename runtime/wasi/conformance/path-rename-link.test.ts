import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { Right } from '../rights.ts';
import { CREATE, DrivenGuest } from '../testdata/driven-guest.ts';
import { conform } from './conform.ts';
import { type PathCall, pathErrors, readOnly, rootError } from './path-errors.ts';

/** Both ends of a rename or link, the other one harmless. */
const from =
  (name: 'path_rename' | 'path_link'): PathCall =>
  (guest, ...at) =>
    name === 'path_rename'
      ? guest.call(name, ...at, 3, ...guest.text('other'))
      : guest.call(name, at[0], 0, at[1], at[2], 3, ...guest.text('other'));
const to =
  (name: 'path_rename' | 'path_link'): PathCall =>
  (guest, ...at) => {
    const source = guest.opened('source', { flags: CREATE, write: true });
    guest.call('fd_close', source);
    const old = guest.text('source');
    return name === 'path_rename'
      ? guest.call(name, 3, ...old, ...at)
      : guest.call(name, 3, 0, ...old, ...at);
  };

/** The errors of the second path, under titles of their own. */
function ofTarget(cases: ReturnType<typeof pathErrors>): ReturnType<typeof pathErrors> {
  return Object.fromEntries(Object.entries(cases).map(([title, run]) => [`${title}, as the new path`, run]));
}

conform('path_rename', {
  'moves files and directories, over what is of the same kind': (guest, { inside }) => {
    writeFileSync(inside('file'), 'moved');
    writeFileSync(inside('sub/old'), 'replaced');
    mkdirSync(inside('dir'));
    expect(guest.path('path_rename', 3, 'file', 3, 'sub/old')).toBe('success');
    expect(readFileSync(inside('sub/old'), 'utf8')).toBe('moved');
    expect(guest.path('path_rename', 3, 'sub/', 3, 'dir/')).toBe('success');
    expect(guest.path('path_rename', 3, 'dir', 3, 'dir')).toBe('success');
    expect(readdirSync(inside('.'))).toEqual(['dir']);
  },
  'moves a link itself': (guest, { inside }) => {
    symlinkSync('sub', inside('link'));
    expect(guest.path('path_rename', 3, 'link', 3, 'sub/link')).toBe('success');
    expect(readlinkSync(inside('sub/link'))).toBe('sub');
  },
  ...pathErrors(from('path_rename'), Right.pathRenameSource),
  ...rootError(from('path_rename')),
  ...ofTarget(pathErrors(to('path_rename'), Right.pathRenameTarget)),
  'answers noent for what is not there': (guest) => {
    for (const name of ['none', 'none/', ''])
      expect(guest.path('path_rename', 3, name, 3, 'x')).toBe('noent');
  },
  'answers busy for the directory itself and the one above': (guest) => {
    for (const name of ['.', 'sub/..', 'sub/.']) {
      expect(guest.path('path_rename', 3, name, 3, 'x')).toBe('busy');
      expect(guest.path('path_rename', 3, 'sub', 3, name)).toBe('busy');
    }
  },
  'answers inval for a directory that is to move into itself': (guest) => {
    expect(guest.path('path_rename', 3, 'sub', 3, 'sub/below')).toBe('inval');
  },
  'answers isdir for a file over a directory': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    expect(guest.path('path_rename', 3, 'file', 3, 'sub')).toBe('isdir');
  },
  'answers notdir for a directory over a file, and a file with a slash behind its name': (
    guest,
    { inside },
  ) => {
    writeFileSync(inside('file'), '');
    symlinkSync('sub', inside('link'));
    for (const [old, name] of [
      ['sub', 'file'],
      ['file/', 'x'],
      ['file', 'x/'],
      ['link/', 'x'],
      ['sub', 'link/'],
      ['file/x', 'x'],
    ] as const) {
      expect([old, name, guest.path('path_rename', 3, old, 3, name)]).toEqual([old, name, 'notdir']);
    }
    expect(guest.path('path_rename', 3, 'file', 0, 'x')).toBe('notdir');
  },
  'answers notempty for a directory over one that holds something': (guest, { inside }) => {
    mkdirSync(inside('full/file'), { recursive: true });
    expect(guest.path('path_rename', 3, 'sub', 3, 'full')).toBe('notempty');
  },
  'answers rofs out of a read-only folder and into one': async (guest, folders) => {
    await readOnly(from('path_rename'))(guest, folders);
    expect(guest.path('path_rename', 3, 'sub', 4, 'x')).toBe('rofs');
  },
  'answers xdev between two file systems': (_guest, { top }) =>
    expect(across(top, 'path_rename')).toBe('xdev'),
});

conform('path_link', {
  'gives a file a second name, and a link itself': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    symlinkSync('round', inside('round'));
    expect(guest.path('path_link', 3, 0, 'file', 3, 'sub/second')).toBe('success');
    expect(guest.path('path_link', 3, 0, 'round', 3, 'copy')).toBe('success');
    expect(statSync(inside('sub/second')).ino).toBe(statSync(inside('file')).ino);
    expect(readlinkSync(inside('copy'))).toBe('round');
  },
  ...pathErrors(from('path_link'), Right.pathLinkSource),
  ...rootError(from('path_link')),
  ...ofTarget(pathErrors(to('path_link'), Right.pathLinkTarget)),
  'answers exist for every new name that is taken': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    symlinkSync('none', inside('dangling'));
    for (const name of ['file', 'sub', 'sub/', 'file/', 'dangling', '.', 'sub/..']) {
      expect([name, guest.path('path_link', 3, 0, 'file', 3, name)]).toEqual([name, 'exist']);
    }
  },
  'answers inval for following a link, which would be another file to link': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    expect(guest.path('path_link', 3, 1, 'file', 3, 'x')).toBe('inval');
    expect(guest.path('path_link', 3, 2, 'file', 3, 'x')).toBe('inval');
  },
  'answers noent for what is not there, and a new name with a slash behind it': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    for (const name of ['none', 'none/', ''])
      expect(guest.path('path_link', 3, 0, name, 3, 'x')).toBe('noent');
    expect(guest.path('path_link', 3, 0, 'file', 3, 'x/')).toBe('noent');
  },
  'answers notdir for a file or a link with a slash behind its name': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    symlinkSync('sub', inside('link'));
    for (const name of ['file/', 'link/', 'file/x']) {
      expect(guest.path('path_link', 3, 0, name, 3, 'x')).toBe('notdir');
    }
    expect(guest.path('path_link', 3, 0, 'file', 0, 'x')).toBe('notdir');
  },
  'answers perm for every directory': (guest) => {
    for (const name of ['sub', 'sub/', '.', 'sub/..'])
      expect(guest.path('path_link', 3, 0, name, 3, 'x')).toBe('perm');
  },
  'answers rofs out of a read-only folder and into one': (guest, folders) => {
    writeFileSync(folders.inside('file'), '');
    writeFileSync(path.join(folders.top, 'readonly/file'), '');
    expect(guest.path('path_link', 4, 0, 'file', 3, 'x')).toBe('rofs');
    expect(guest.path('path_link', 3, 0, 'file', 4, 'x')).toBe('rofs');
  },
  'answers xdev between two file systems': (_guest, { top }) => expect(across(top, 'path_link')).toBe('xdev'),
});

/** From the test's folder into one in memory. */
function across(folder: string, name: 'path_rename' | 'path_link'): string {
  const top = mkdtempSync('/dev/shm/wasi-conformance-');
  try {
    using two = new DrivenGuest({
      preopens: [
        { guestPath: '/a', hostPath: folder, writable: true },
        { guestPath: '/b', hostPath: top, writable: true },
      ],
    });
    two.opened('file', { flags: CREATE, write: true });
    return name === 'path_rename'
      ? two.path(name, 3, 'file', 4, 'file')
      : two.path(name, 3, 0, 'file', 4, 'file');
  } finally {
    rmSync(top, { recursive: true });
  }
}
