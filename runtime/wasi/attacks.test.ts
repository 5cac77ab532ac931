import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FolderError } from './preopens.ts';
import { directoryRights, Right } from './rights.ts';
import { CREATE, DIRECTORY_ONLY, DrivenGuest, TRUNCATE } from './testdata/driven-guest.ts';
import { foldersForEach, type GuestFolders } from './testdata/guest-folders.ts';
import { AGES, poll } from './testdata/poll.ts';

let folders: GuestFolders;
let top: string;
let guest: DrivenGuest;

foldersForEach((made) => {
  folders = made;
  ({ top, guest } = folders);
});

/** A guest whose only folder is this one, writable. */
function guestOf(hostPath: string): DrivenGuest {
  return new DrivenGuest({ preopens: [{ guestPath: '/x', hostPath, writable: true }] });
}

describe('two folders of one guest', () => {
  it('attack 19: carry nothing out of a read-only one, into it, or past a right that is missing', () => {
    const { inside } = folders;
    writeFileSync(path.join(top, 'readonly/file'), 'kept');
    writeFileSync(inside('file'), 'own');
    const calls: [string, string][] = [
      ['readonly', guest.path('path_link', 4, 0, 'file', 3, 'linked')],
      ['readonly', guest.path('path_rename', 4, 'file', 3, 'moved')],
      ['readonly', guest.path('path_link', 3, 0, 'file', 4, 'linked')],
      ['readonly', guest.path('path_rename', 3, 'file', 4, 'moved')],
    ];
    expect(calls.map(([, errno]) => errno)).toEqual(Array(4).fill('rofs'));
    // From one to the other by a way around, and out of both.
    expect(guest.path('path_rename', 3, '../readonly/file', 3, 'moved')).toBe('notcapable');
    expect(guest.path('path_link', 3, 0, '../outside/secret', 3, 'linked')).toBe('notcapable');
    expect(guest.path('path_rename', 3, 'file', 3, '../outside/secret')).toBe('notcapable');
    const limited = guest.opened('.', { flags: DIRECTORY_ONLY, rights: directoryRights });
    const without =
      Right.pathLinkSource | Right.pathRenameSource | Right.pathLinkTarget | Right.pathRenameTarget;
    expect(guest.call('fd_fdstat_set_rights', limited, directoryRights & ~without, 0n)).toBe('success');
    for (const [from, to] of [
      [limited, 3],
      [3, limited],
    ] as const) {
      expect(guest.path('path_link', from, 0, 'file', to, 'linked')).toBe('notcapable');
      expect(guest.path('path_rename', from, 'file', to, 'moved')).toBe('notcapable');
    }
    expect(readdirSync(inside('.')).sort()).toEqual(['file', 'sub']);
    expect(readdirSync(path.join(top, 'readonly'))).toEqual(['file']);
    expect(statSync(path.join(top, 'readonly/file')).nlink).toBe(1);
  });
});

describe('a folder that is none', () => {
  it('attack 21: /proc, a fifo, a socket and a device are refused at once', async () => {
    execFileSync('mkfifo', [path.join(top, 'fifo')]);
    const server = createServer().listen(path.join(top, 'socket'));
    await once(server, 'listening');
    for (const [hostPath, reason] of [
      ['/proc', 'it is on a proc file system'],
      ['/proc/self/fd', 'a symbolic link is on the way to it'],
      [`/proc/${process.pid}/fd`, 'it is on a proc file system'],
      [path.join(top, 'fifo'), 'not a directory'],
      [path.join(top, 'socket'), 'not a directory'],
      ['/dev/null', 'not a directory'],
    ] as const) {
      expect(() => guestOf(hostPath)).toThrow(FolderError);
      expect(() => guestOf(hostPath)).toThrow(`Cannot open folder "/x": ${reason}`);
    }
    server.close();
  });

  it('attack 21: fifos, sockets and devices in a folder make nobody wait', async () => {
    execFileSync('mkfifo', [folders.inside('fifo')]);
    const server = createServer().listen(folders.inside('socket'));
    await once(server, 'listening');
    const reader = guest.opened('fifo', { rights: Right.fdRead | Right.pollFdReadwrite });
    expect(guest.read(reader)).toEqual({ text: '' });
    expect(poll(guest, { read: reader }, { clock: 1, timeout: 1_000_000n }).length).toBeGreaterThan(0);
    guest.call('fd_close', reader);
    expect(guest.open('fifo', { rights: Right.fdWrite })).toBe('nxio');
    expect(guest.open('fifo', { flags: TRUNCATE })).toBeTypeOf('number');
    expect(guest.open('socket')).toBe('nxio');
    using dev = guestOf('/dev');
    for (const name of ['null', 'zero', 'full', 'urandom', 'tty', 'ptmx']) {
      expect(['acces', 'noent', 'notcapable']).toContain(dev.open(name));
      expect(['acces', 'noent', 'notcapable']).toContain(dev.open(name, { rights: Right.fdWrite }));
    }
    expect(dev.open('pts')).toBe('notcapable');
    server.close();
  });

  it('attack 23: the socket of a daemon in a folder can be seen and not talked to', async () => {
    const { inside } = folders;
    let connections = 0;
    const server = createServer(() => {
      connections += 1;
    }).listen(inside('docker.sock'));
    await once(server, 'listening');
    expect(guest.path('path_filestat_get', 3, 0, 'docker.sock', guest.room(64))).toBe('success');
    for (const rights of [Right.fdRead, Right.fdWrite, Right.fdRead | Right.fdWrite, Right.sockShutdown]) {
      expect(['nxio', 'notcapable']).toContain(guest.open('docker.sock', { rights, inheriting: 0n }));
    }
    symlinkSync('docker.sock', inside('link'));
    expect(guest.open('link')).toBe('nxio');
    for (const fd of [0, 1, 2, 3, 4]) {
      expect(guest.call('sock_accept', fd, 0, guest.room(4))).toBe('notsock');
      expect(guest.call('sock_send', fd, ...guest.vectors(guest.text('GET /')), 0, guest.room(4))).toBe(
        'notsock',
      );
      expect(guest.call('sock_recv', fd, 0, 0, 0, guest.room(4), guest.room(4))).toBe('notsock');
    }
    expect(connections).toBe(0);
    server.close();
  });
});

describe('a descriptor', () => {
  it('attack 22: of a directory that has been deleted leads nowhere', () => {
    const { inside } = folders;
    const fd = guest.opened('sub', { flags: DIRECTORY_ONLY, rights: directoryRights });
    rmdirSync(inside('sub'));
    mkdirSync(inside('sub'));
    writeFileSync(inside('sub/file'), 'of another directory');
    expect(guest.open('file', { at: fd })).toBe('noent');
    expect(guest.open('new', { at: fd, flags: CREATE, write: true })).toBe('noent');
    expect(guest.open('../sub/file', { at: fd })).toBe('notcapable');
    expect(guest.path('path_create_directory', fd, 'new')).toBe('noent');
    expect(guest.path('path_symlink', 'x', fd, 'new')).toBe('noent');
    expect(guest.path('path_rename', 3, 'sub/file', fd, 'new')).toBe('noent');
    expect(guest.call('fd_readdir', fd, guest.room(64), 64, 0n, guest.room(4))).toBe('noent');
    expect(guest.path('path_filestat_get', fd, 0, '.', guest.room(64))).toBe('success');
    expect(guest.call('fd_close', fd)).toBe('success');
    expect(readdirSync(inside('sub'))).toEqual(['file']);
  });

  it('attack 24: is what it was under any number, stdio and folders included', () => {
    writeFileSync(path.join(top, 'readonly/file'), 'kept');
    const file = guest.opened('file', { at: 4, rights: Right.fdRead });
    // A read-only folder stays so in the place of the writable one, and a reader one in the place of stdout.
    expect(guest.call('fd_renumber', 4, 3)).toBe('success');
    expect(guest.open('new', { flags: CREATE, write: true })).toBe('rofs');
    expect(guest.path('path_unlink_file', 3, 'file')).toBe('rofs');
    expect(guest.call('fd_renumber', file, 1)).toBe('success');
    expect(guest.write(1, 'x')).toBe('badf');
    expect(guest.read(1)).toEqual({ text: 'kept' });
    // Stdin in the place of a folder is no folder.
    expect(guest.call('fd_renumber', 0, 3)).toBe('success');
    expect(guest.open('file')).toBe('notdir');
    expect(guest.call('fd_prestat_get', 3, guest.room(8))).toBe('badf');
    expect(readFileSync(path.join(top, 'readonly/file'), 'utf8')).toBe('kept');
    // The streams are the host's own, whatever becomes of their numbers.
    expect(guest.call('fd_close', 2)).toBe('success');
    guest.stderr.write(Buffer.from('still here'));
    expect(Buffer.from(guest.stderr.contents()).toString()).toBe('still here');
  });

  it('attack 25: is refused to a guest that has too many, and to no other', () => {
    using other = guestOf(folders.inside('sub'));
    const before = readdirSync('/proc/self/fd').length;
    let open = 0;
    for (let i = 0; i < 100_000; i++) {
      if (i % 1000 === 0) guest.clear();
      const fd = guest.open('sub');
      if (fd === 'mfile') continue;
      expect(fd).toBeTypeOf('number');
      open += 1;
    }
    expect(open).toBe(64 - 5);
    expect(readdirSync('/proc/self/fd').length - before).toBe(open);
    expect(other.opened('.')).toBe(4);
    expect(other.opened('mine', { flags: CREATE, write: true })).toBe(5);
    guest[Symbol.dispose]();
    expect(readdirSync('/proc/self/fd').length).toBe(before - 2 + 2);
  });
});

describe('a call that asks for too much', () => {
  it('attack 37: 4 GB of randomness do not fit, and a whole memory of it does', () => {
    expect(guest.call('random_get', 0, -1)).toBe('fault');
    expect(guest.call('random_get', 65536, -65536)).toBe('fault');
    expect(guest.call('random_get', 0, guest.memory.buffer.byteLength)).toBe('success');
  });

  it('attack 37: a million subscriptions are refused, and thousands for a hundred years end with the first', () => {
    expect(guest.call('poll_oneoff', 0, 0, 1_000_000, 0)).toBe('inval');
    guest.memory.grow(4);
    const [list, events, count] = [8 * 1024, 5 * 65536, 8];
    new Uint8Array(guest.memory.buffer).fill(0, list, list + 48 * 4096);
    for (let i = 0; i < 4096; i++) guest.view.setBigUint64(list + 48 * i + 24, i === 4095 ? 1n : AGES, true);
    expect(guest.call('poll_oneoff', list, events, 4096, count)).toBe('success');
    expect(guest.u32(count)).toBe(1);
  });

  it('attack 37: a million buffers are taken in part', () => {
    const list = guest.vectors(guest.text('x'))[0];
    const vectors = 2 * 65536;
    for (let i = 0; i < 16_384; i++) guest.bytes(vectors + 8 * i, 8).set(guest.bytes(list, 8));
    const count = guest.room(4);
    expect(guest.call('fd_write', 2, vectors, 1_000_000, count)).toBe('success');
    expect(guest.u32(count)).toBe(1024);
    const fd = guest.opened('new', { flags: CREATE, write: true });
    expect(guest.call('fd_write', fd, vectors, 1_000_000, count)).toBe('success');
    expect(guest.u32(count)).toBe(1024);
    expect(guest.call('fd_write', fd, vectors, -1, count)).toBe('success');
  });

  it('attack 37: buffers that add up to more than there is memory are taken in part', () => {
    const whole = guest.memory.buffer.byteLength;
    const list = guest.vectors(...Array.from({ length: 1024 }, () => [0, whole] as [number, number]));
    const count = guest.room(4);
    expect(guest.call('fd_write', 2, ...list, count)).toBe('success');
    expect(guest.stderr.contents().length).toBe(1024);
    expect(() => guest.call('fd_write', 1, ...list, count)).toThrow('wrote more than 1 KiB to stdout');
  });
});
