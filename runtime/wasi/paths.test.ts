import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { Right } from './rights.ts';
import { CREATE, DIRECTORY_ONLY, type DrivenGuest, EXCLUSIVE, TRUNCATE } from './testdata/driven-guest.ts';
import { foldersForEach, type GuestFolders } from './testdata/guest-folders.ts';

let folders: GuestFolders;
let top: string;
let guest: DrivenGuest;

foldersForEach((made) => {
  folders = made;
  ({ top, guest } = folders);
});

function inside(name: string): string {
  return folders.inside(name);
}

describe('a read-only folder', () => {
  it('attack 20: refuses every change as a read-only file system does, and is listed and read', () => {
    const file = path.join(top, 'readonly/file');
    writeFileSync(file, 'kept');
    mkdirSync(path.join(top, 'readonly/dir'));
    const before = statSync(file);
    const refused = [
      guest.open('file', { at: 4, write: true }),
      guest.open('file', { at: 4, flags: TRUNCATE }),
      guest.open('new', { at: 4, flags: CREATE }),
      guest.open('new', { at: 4, flags: CREATE | EXCLUSIVE }),
      guest.path('path_create_directory', 4, 'new'),
      guest.path('path_remove_directory', 4, 'dir'),
      guest.path('path_unlink_file', 4, 'file'),
      guest.path('path_symlink', 'file', 4, 'new'),
      guest.path('path_rename', 4, 'file', 4, 'new'),
      guest.path('path_rename', 4, 'file', 3, 'taken'),
      guest.path('path_rename', 3, 'sub', 4, 'given'),
      guest.path('path_link', 4, 0, 'file', 3, 'linked'),
      guest.path('path_link', 3, 0, 'none', 4, 'linked'),
      guest.path('path_filestat_set_times', 4, 0, 'file', 0n, 0n, 5),
    ];
    expect(new Set(refused)).toEqual(new Set(['rofs']));
    expect(guest.open('file', { at: 4, flags: CREATE | EXCLUSIVE })).toBe('exist');
    expect(statSync(file)).toEqual(before);
    expect(readdirSync(path.join(top, 'readonly'))).toEqual(['dir', 'file']);
    const [listing, used] = [guest.room(512), guest.room(4)];
    expect(guest.call('fd_readdir', 4, listing, 512, 0n, used)).toBe('success');
    expect(Buffer.from(guest.bytes(listing, guest.u32(used))).toString('latin1')).toContain('file');
    expect(guest.read(guest.opened('file', { at: 4 }))).toEqual({ text: 'kept' });
  });

  it('attack 20: refuses changes through what was opened in it', () => {
    writeFileSync(path.join(top, 'readonly/file'), 'kept');
    mkdirSync(path.join(top, 'readonly/dir'));
    const rights = (1n << 6n) - 1n;
    const fd = guest.opened('file', { at: 4, flags: CREATE, rights: rights | Right.fdFilestatSetTimes });
    expect(guest.read(fd)).toEqual({ text: 'kept' });
    expect(guest.write(fd, 'x')).toBe('badf');
    expect(guest.call('fd_filestat_set_times', fd, 0n, 0n, 5)).toBe('rofs');
    expect(guest.call('fd_filestat_set_size', fd, 0n)).toBe('notcapable');
    expect(guest.call('fd_allocate', fd, 0n, 8n)).toBe('notcapable');
    const dir = guest.opened('dir', { at: 4, flags: DIRECTORY_ONLY });
    expect(guest.path('path_create_directory', dir, 'new')).toBe('rofs');
    expect(guest.open('new', { at: dir, flags: CREATE, write: true })).toBe('rofs');
  });
});

describe('paths in a folder', () => {
  it('make, list, rename and remove what they name', () => {
    expect(guest.path('path_create_directory', 3, 'made/')).toBe('success');
    expect(guest.path('path_create_directory', 3, 'made')).toBe('exist');
    expect(guest.path('path_create_directory', 3, '.')).toBe('exist');
    expect(guest.path('path_create_directory', 3, 'sub/..')).toBe('exist');
    expect(guest.path('path_create_directory', 3, 'none/x')).toBe('noent');
    writeFileSync(inside('made/file'), 'f');
    expect(guest.path('path_remove_directory', 3, 'made')).toBe('notempty');
    expect(guest.path('path_remove_directory', 3, 'made/file')).toBe('notdir');
    expect(guest.path('path_unlink_file', 3, 'made')).toBe('isdir');
    expect(guest.path('path_unlink_file', 3, 'made/file/')).toBe('notdir');
    expect(guest.path('path_unlink_file', 3, 'sub/.')).toBe('isdir');
    expect(guest.path('path_rename', 3, 'made/file/', 3, 'x')).toBe('notdir');
    expect(guest.path('path_rename', 3, 'made/file', 3, 'x/')).toBe('notdir');
    expect(guest.path('path_rename', 3, 'none', 3, 'x')).toBe('noent');
    expect(guest.path('path_rename', 3, 'sub/..', 3, 'x')).toBe('busy');
    expect(guest.path('path_rename', 3, 'made/file', 3, 'sub/moved')).toBe('success');
    expect(readFileSync(inside('sub/moved'), 'utf8')).toBe('f');
    expect(guest.path('path_unlink_file', 3, 'sub/moved')).toBe('success');
    expect(guest.path('path_remove_directory', 3, 'made/')).toBe('success');
    expect(readdirSync(inside('.'))).toEqual(['sub']);
  });

  it('follow links that stay inside, and the last one only when asked to', () => {
    writeFileSync(inside('file'), 'contents');
    expect(guest.path('path_symlink', '../file', 3, 'sub/link')).toBe('success');
    expect(guest.path('path_symlink', 'sub', 3, 'way')).toBe('success');
    expect(guest.path('path_symlink', 'x', 3, 'sub')).toBe('exist');
    expect(guest.read(guest.opened('way/link'))).toEqual({ text: 'contents' });
    expect(guest.open('way/link', { follow: false })).toBe('loop');
    const at = guest.room(64);
    expect(guest.path('path_filestat_get', 3, 0, 'sub/link', at)).toBe('success');
    expect(guest.view.getUint8(at + 16)).toBe(7);
    expect(guest.path('path_filestat_get', 3, 1, 'sub/link', at)).toBe('success');
    expect(guest.view.getUint8(at + 16)).toBe(4);
    expect(guest.path('path_filestat_set_times', 3, 0, 'sub/link', 5_000_000_000n, 6_000_000_000n, 5)).toBe(
      'success',
    );
    expect(lstatSync(inside('sub/link')).mtimeMs).toBe(6000);
    expect(statSync(inside('file')).mtimeMs).not.toBe(6000);
    symlinkSync('circle', inside('circle'));
    expect(guest.open('circle')).toBe('loop');
  });

  it('read links, cut to the room there is', () => {
    symlinkSync('target', inside('link'));
    const at = guest.room(16);
    const size = guest.room(4);
    expect(guest.path('path_readlink', 3, 'link', at, 4, size)).toBe('success');
    expect([guest.u32(size), Buffer.from(guest.bytes(at, 4)).toString()]).toEqual([4, 'targ']);
    expect(guest.path('path_readlink', 3, 'link', at, 16, size)).toBe('success');
    expect(guest.u32(size)).toBe(6);
    expect(guest.path('path_readlink', 3, 'link', at, 0, size)).toBe('success');
    expect(guest.u32(size)).toBe(0);
    expect(guest.path('path_readlink', 3, 'sub', at, 16, size)).toBe('inval');
  });

  it('link files, a symbolic link as itself', () => {
    writeFileSync(inside('file'), '');
    symlinkSync('../outside/secret', inside('escape'));
    expect(guest.path('path_link', 3, 0, 'file', 3, 'sub/second')).toBe('success');
    expect(statSync(inside('file')).nlink).toBe(2);
    expect(guest.path('path_link', 3, 0, 'escape', 3, 'copy')).toBe('success');
    expect(readlinkSync(inside('copy'))).toBe('../outside/secret');
    expect(guest.path('path_link', 3, 1, 'escape', 3, 'followed')).toBe('inval');
    expect(guest.path('path_link', 3, 0, 'file', 3, 'new/')).toBe('noent');
    expect(guest.path('path_link', 3, 0, 'sub', 3, 'directory')).toBe('perm');
  });

  it('belong to directories only', () => {
    writeFileSync(inside('file'), '');
    const file = guest.opened('file');
    expect(guest.open('x', { at: file })).toBe('notdir');
    expect(guest.open('x', { at: 0 })).toBe('notdir');
    expect(guest.open('x', { at: 99 })).toBe('badf');
    expect(guest.path('path_create_directory', file, 'x')).toBe('notdir');
  });

  it('lead nowhere below a directory that has been removed', () => {
    const sub = guest.opened('sub', { flags: DIRECTORY_ONLY });
    rmdirSync(inside('sub'));
    expect(guest.open('new', { at: sub, flags: CREATE, write: true })).toBe('noent');
    expect(guest.path('path_create_directory', sub, 'x')).toBe('noent');
    expect(guest.open('..', { at: sub })).toBe('notcapable');
  });

  it('do not open sockets', async () => {
    const server = createServer();
    server.listen(inside('socket'));
    await once(server, 'listening');
    expect(guest.open('socket')).toBe('nxio');
    expect(guest.open('socket', { write: true })).toBe('nxio');
    server.close();
  });
});

describe('fd_readdir()', () => {
  interface Listed {
    readonly name: string;
    readonly type: number;
  }

  /** Lists as libc does: by a buffer of some size, from the last whole entry's cookie on. */
  function list(fd: number, size: number): Listed[] {
    const buffer = guest.room(size);
    const used = guest.room(4);
    const listed: Listed[] = [];
    for (let cookie = 0n; ; ) {
      expect(guest.call('fd_readdir', fd, buffer, size, cookie, used)).toBe('success');
      const end = buffer + guest.u32(used);
      for (let at = buffer; at + 24 <= end; ) {
        const next = at + 24 + guest.u32(at + 16);
        if (next > end) break;
        listed.push({
          name: Buffer.from(guest.bytes(at + 24, guest.u32(at + 16))).toString(),
          type: guest.view.getUint8(at + 20),
        });
        cookie = guest.u64(at);
        at = next;
      }
      if (guest.u32(used) < size) return listed;
    }
  }

  it('lists a large directory whole, whatever the size of the buffer', () => {
    for (let i = 0; i < 1000; i++) writeFileSync(inside(`sub/file-${i}`), '');
    const sub = guest.opened('sub', { flags: DIRECTORY_ONLY });
    const wanted = ['.', '..', ...readdirSync(inside('sub'))].sort();
    for (const size of [300, 4096, 65536]) {
      expect(
        list(sub, size)
          .map(({ name }) => name)
          .sort(),
      ).toEqual(wanted);
    }
  });

  it('tells what each entry is', () => {
    writeFileSync(inside('file'), '');
    symlinkSync('file', inside('link'));
    const types = Object.fromEntries(list(3, 4096).map(({ name, type }) => [name, type]));
    expect(types).toMatchObject({ '.': 3, sub: 3, file: 4, link: 7 });
  });
});
