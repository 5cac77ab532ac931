import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { ErrnoName } from './errno.ts';
import { FolderError } from './preopens.ts';
import { CREATE, DIRECTORY_ONLY, DrivenGuest, EXCLUSIVE, TRUNCATE } from './testdata/driven-guest.ts';
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

/** Every way to touch a path, and how each answered. */
function everyTouch(fd: number, name: string): ErrnoName[] {
  const at = guest.room(64);
  const opens = [
    {},
    { flags: CREATE, write: true },
    { flags: TRUNCATE, write: true },
    { flags: DIRECTORY_ONLY },
  ];
  const opened = opens.map((options) => guest.open(name, { at: fd, ...options }));
  return [
    ...opened.map((answer) => (typeof answer === 'number' ? 'success' : answer)),
    guest.path('path_create_directory', fd, name),
    guest.path('path_filestat_get', fd, 1, name, at),
    guest.path('path_filestat_set_times', fd, 1, name, 0n, 0n, 5),
    guest.path('path_readlink', fd, name, at, 64, at),
    guest.path('path_remove_directory', fd, name),
    guest.path('path_unlink_file', fd, name),
    guest.path('path_symlink', 'x', fd, name),
    guest.path('path_rename', fd, name, fd, 'sub/taken'),
    guest.path('path_rename', fd, 'sub', fd, name),
    guest.path('path_link', fd, 0, name, fd, 'sub/linked'),
    guest.path('path_link', fd, 0, 'sub/none', fd, name),
  ];
}

describe('paths out of a folder', () => {
  it.each([
    '..',
    '../outside/secret',
    'sub/../../outside/secret',
    '{top}/outside/secret',
    './/../outside/new',
    '../inside/../outside/new',
    'sub/../..',
    '{top}',
  ])('attack 15: are refused whatever is tried on %s', (pattern) => {
    // Should a path ever get out, it must still end in a directory of this test: tests run as root.
    const name = pattern.replace('{top}', top);
    expect(new Set(everyTouch(3, name))).toEqual(new Set(['notcapable']));
    expect(readdirSync(path.join(top, 'outside'))).toEqual(['secret']);
    expect(readdirSync(inside('.'))).toEqual(['sub']);
  });

  it.each([
    ['absolute', (): string => path.join(top, 'outside')],
    ['relative', (): string => '../outside'],
    ['magic', (): string => `/proc/self/root${top}/outside`],
    ['chained', (): string => 'second'],
  ])('attack 16: are refused through a symbolic link: %s', (_kind, target) => {
    symlinkSync(target(), inside('link'));
    symlinkSync('../outside', inside('second'));
    for (const name of ['link/secret', 'link/new', 'link/sub/new', 'link/.', 'link/../inside']) {
      expect(new Set(everyTouch(3, name))).toEqual(new Set(['notcapable']));
    }
    for (const options of [
      {},
      { flags: CREATE, write: true },
      { flags: DIRECTORY_ONLY },
      { flags: TRUNCATE },
    ]) {
      expect(guest.open('link', options)).toBe('notcapable');
    }
    expect(guest.path('path_filestat_get', 3, 1, 'link', guest.room(64))).toBe('notcapable');
    expect(guest.path('path_filestat_set_times', 3, 1, 'link', 0n, 0n, 5)).toBe('notcapable');
    // A slash behind the link's name makes nobody follow it.
    expect(guest.path('path_remove_directory', 3, 'link/')).toBe('notdir');
    expect(guest.path('path_unlink_file', 3, 'link/')).toBe('notdir');
    expect(guest.path('path_rename', 3, 'link/', 3, 'moved')).toBe('notdir');
    expect(guest.path('path_rename', 3, 'sub', 3, 'link/')).toBe('notdir');
    expect(guest.path('path_link', 3, 0, 'link/', 3, 'linked')).toBe('notdir');
    expect(guest.path('path_create_directory', 3, 'link/')).toBe('exist');
    expect(guest.path('path_symlink', 'x', 3, 'link/')).toBe('exist');
    expect(readFileSync(path.join(top, 'outside/secret'), 'utf8')).toBe('secret');
    expect(readdirSync(path.join(top, 'outside'))).toEqual(['secret']);
  });

  it('attack 17: are refused through a link the guest has made itself', () => {
    expect(guest.path('path_symlink', '../outside/secret', 3, 'mine')).toBe('success');
    expect(guest.path('path_symlink', '../outside/new', 3, 'dangling')).toBe('success');
    expect(guest.path('path_symlink', path.join(top, 'outside/secret'), 3, 'absolute')).toBe('notcapable');
    for (const options of [{}, { flags: TRUNCATE, write: true }, { flags: DIRECTORY_ONLY }]) {
      expect(guest.open('mine', options)).toBe('notcapable');
    }
    expect(guest.open('dangling', { flags: CREATE, write: true })).toBe('notcapable');
    expect(guest.open('dangling', { flags: CREATE | EXCLUSIVE, write: true })).toBe('exist');
    expect(guest.path('path_create_directory', 3, 'dangling')).toBe('exist');
    expect(guest.path('path_create_directory', 3, 'dangling/')).toBe('exist');
    expect(guest.path('path_symlink', '../..', 3, 'sub/up')).toBe('success');
    expect(guest.open('sub/up/outside/new', { flags: CREATE, write: true })).toBe('notcapable');
    expect(guest.path('path_rename', 3, 'sub/up', 3, 'up')).toBe('success');
    expect(guest.open('up', { flags: DIRECTORY_ONLY })).toBe('notcapable');
    expect(readFileSync(path.join(top, 'outside/secret'), 'utf8')).toBe('secret');
    expect(existsSync(path.join(top, 'outside/new'))).toBe(false);
  });

  it('are refused when they are the root itself', () => {
    expect(guest.open('/')).toBe('notcapable');
    expect(guest.open('///', { flags: DIRECTORY_ONLY })).toBe('notcapable');
    expect(guest.path('path_filestat_get', 3, 1, '/', guest.room(64))).toBe('notcapable');
  });

  it('are refused below a directory the guest has opened, as below its folder', () => {
    const sub = guest.opened('sub', { flags: DIRECTORY_ONLY });
    writeFileSync(inside('above'), '');
    expect(guest.open('../above', { at: sub })).toBe('notcapable');
    expect(guest.open('..', { at: sub })).toBe('notcapable');
    expect(guest.open('here', { at: sub, flags: CREATE, write: true })).toBeTypeOf('number');
  });

  it('attack 18: are never reached while another thread swaps a directory with a link', async () => {
    mkdirSync(inside('swapped'));
    writeFileSync(inside('swapped/secret'), 'harmless');
    const stop = new SharedArrayBuffer(4);
    const swapper = new Worker(
      `const fs = require('node:fs');
       const { dir, stop } = require('node:worker_threads').workerData;
       const flag = new Int32Array(stop);
       fs.symlinkSync('../outside', dir + '/link');
       require('node:worker_threads').parentPort.postMessage('ready');
       while (Atomics.load(flag, 0) === 0) {
         fs.renameSync(dir + '/swapped', dir + '/kept');
         fs.renameSync(dir + '/link', dir + '/swapped');
         fs.renameSync(dir + '/swapped', dir + '/link');
         fs.renameSync(dir + '/kept', dir + '/swapped');
       }`,
      { eval: true, workerData: { dir: inside('.'), stop } },
    );
    await once(swapper, 'message');
    const answers = new Set<string>();
    const reached = new Set<string>();
    // A hundred thousand tries, or as many as this machine does in a few seconds.
    const end = Date.now() + 5000;
    for (let i = 0; i < 100_000 && Date.now() < end; i++) {
      guest.clear();
      const options = i % 4 === 0 ? { flags: CREATE, write: true } : {};
      const fd = guest.open(i % 4 === 0 ? 'swapped/new' : 'swapped/secret', options);
      if (typeof fd === 'string') answers.add(fd);
      else {
        if (i % 4 !== 0) reached.add(JSON.stringify(guest.read(fd)));
        guest.call('fd_close', fd);
      }
      if (i % 4 === 1) guest.path('path_create_directory', 3, 'swapped/made');
      if (i % 4 === 2) guest.path('path_rename', 3, 'swapped/made', 3, 'swapped/moved');
      if (i % 4 === 3) guest.path('path_unlink_file', 3, 'swapped/new');
    }
    Atomics.store(new Int32Array(stop), 0, 1);
    await once(swapper, 'exit');
    expect([...reached]).toEqual([JSON.stringify({ text: 'harmless' })]);
    expect(answers).toContain('notcapable');
    expect(['noent', 'notcapable', 'again']).toEqual(expect.arrayContaining([...answers]));
    expect(readdirSync(path.join(top, 'outside'))).toEqual(['secret']);
    expect(readFileSync(path.join(top, 'outside/secret'), 'utf8')).toBe('secret');
  });
});

describe('preopened directories', () => {
  function preopening(hostPath: string): () => DrivenGuest {
    return () => new DrivenGuest({ preopens: [{ guestPath: '/x', hostPath, writable: true }] });
  }

  it('are never file systems by which the kernel shows itself, nor lead to one', () => {
    expect(preopening('/proc')).toThrow(FolderError);
    expect(preopening(`/proc/${process.pid}`)).toThrow(
      'Cannot open folder "/x": it is on a proc file system',
    );
    expect(preopening('/sys')).toThrow('it is on a sysfs file system');
    using root = preopening('/')();
    expect(root.open('proc/version')).toBe('notcapable');
    expect(root.open('sys/kernel')).toBe('notcapable');
    expect(root.path('path_filestat_get', 3, 1, 'proc/self', root.room(64))).toBe('notcapable');
  });

  it('do not give devices away', () => {
    using dev = preopening('/dev')();
    expect(dev.open('zero')).toBe('acces');
    expect(dev.open('null', { write: true })).toBe('acces');
  });

  it('are directories, and are not looked for through links', () => {
    symlinkSync('outside', path.join(top, 'alias'));
    expect(preopening(path.join(top, 'outside/secret'))).toThrow('not a directory');
    expect(preopening(path.join(top, 'none'))).toThrow('no such directory');
    expect(preopening(path.join(top, 'alias'))).toThrow('a symbolic link is on the way to it');
  });

  it('leave no descriptor behind', () => {
    writeFileSync(inside('file'), '');
    const before = readdirSync('/proc/self/fd').length;
    using other = preopening(inside('.'))();
    for (let i = 0; i < 20; i++) other.opened('file');
    everyTouch(3, 'sub/file');
    other[Symbol.dispose]();
    guest[Symbol.dispose]();
    expect(readdirSync('/proc/self/fd').length).toBe(before - 2);
  });
});
