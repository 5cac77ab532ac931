import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { directoryRights, fileRights, inheritedRights, Right } from '../rights.ts';
import { CREATE, DIRECTORY_ONLY, type DrivenGuest } from '../testdata/driven-guest.ts';
import { answers, conform, lacksRight, outside } from './conform.ts';

/** A new file with every right there is for one. */
function file(guest: DrivenGuest, fdFlags = 0): number {
  return guest.opened('new', { flags: CREATE, rights: fileRights, fdFlags });
}

/** `fdstat`: type, flags, rights. */
function fdstat(guest: DrivenGuest, fd: number): [number, number, bigint, bigint] {
  const at = guest.room(24);
  guest.bytes(at, 24).fill(0xff);
  expect(guest.call('fd_fdstat_get', fd, at)).toBe('success');
  return [guest.view.getUint8(at), guest.view.getUint16(at + 2, true), guest.u64(at + 8), guest.u64(at + 16)];
}

conform('fd_close', {
  'closes files, folders and streams, and their numbers are given again': (guest) => {
    expect(file(guest)).toBe(5);
    for (const fd of [5, 3, 0]) expect(guest.call('fd_close', fd)).toBe('success');
    expect(guest.read(0)).toBe('badf');
    expect(guest.open('sub')).toBe('badf');
    expect(guest.opened('.', { at: 4 })).toBe(0);
  },
  'answers badf for what is not open, and the second time': (guest) => {
    for (const fd of [99, -1, 0x7fff_ffff]) expect(guest.call('fd_close', fd)).toBe('badf');
    const fd = file(guest);
    expect(guest.call('fd_close', fd)).toBe('success');
    expect(guest.call('fd_close', fd)).toBe('badf');
  },
});

conform('fd_renumber', {
  'closes the second and gives its number to the first': (guest) => {
    const [first, second] = [file(guest), guest.opened('sub')];
    expect(guest.call('fd_renumber', first, second)).toBe('success');
    expect(guest.write(second, 'x')).toBe('success');
    expect(fdstat(guest, second)[0]).toBe(4);
    expect(guest.call('fd_close', first)).toBe('badf');
    expect(guest.opened('sub')).toBe(first);
  },
  'leaves a descriptor renumbered onto itself as it is': (guest) => {
    const fd = file(guest);
    expect(guest.call('fd_renumber', fd, fd)).toBe('success');
    expect(guest.write(fd, 'x')).toBe('success');
  },
  'answers badf where either is not open': (guest) => {
    const fd = file(guest);
    expect(guest.call('fd_renumber', 99, fd)).toBe('badf');
    expect(guest.call('fd_renumber', fd, 99)).toBe('badf');
    expect(guest.call('fd_renumber', fd, -1)).toBe('badf');
    expect(guest.write(fd, 'x')).toBe('success');
  },
});

conform('fd_fdstat_get', {
  'tells the type, the flags and the rights': (guest) => {
    expect(fdstat(guest, 3)).toEqual([3, 0, directoryRights, inheritedRights]);
    expect(fdstat(guest, file(guest, 1 | 4))).toEqual([4, 5, fileRights, 0n]);
    const [type, flags, rights] = fdstat(guest, 1);
    expect([type, flags]).toEqual([0, 0]);
    expect(rights & (Right.fdRead | Right.fdWrite | Right.fdSeek | Right.fdTell)).toBe(Right.fdWrite);
    expect(fdstat(guest, 0)[2] & (Right.fdRead | Right.fdWrite)).toBe(Right.fdRead);
  },
  'leaves out the rights that do not apply to the type that was opened': (guest) => {
    const directory = guest.opened('sub', {
      rights: inheritedRights & ~Right.fdWrite,
      flags: DIRECTORY_ONLY,
    });
    expect(fdstat(guest, directory)[2]).toBe(directoryRights);
    const all = guest.opened('new', { flags: CREATE, rights: inheritedRights });
    expect(fdstat(guest, all)[2]).toBe(fileRights);
  },
  'answers badf for a descriptor that is not open': answers('badf', (guest) =>
    guest.call('fd_fdstat_get', 99, guest.room(24)),
  ),
  'answers fault for a result outside the memory': answers('fault', (guest) =>
    guest.call('fd_fdstat_get', 3, outside(guest, 24)),
  ),
});

conform('fd_fdstat_set_flags', {
  'turns appending on and off': (guest) => {
    const fd = file(guest);
    guest.write(fd, 'ab');
    const at = guest.room(8);
    expect(guest.call('fd_fdstat_set_flags', fd, 1)).toBe('success');
    guest.call('fd_seek', fd, 0n, 0, at);
    guest.write(fd, 'c');
    expect(guest.call('fd_fdstat_set_flags', fd, 0)).toBe('success');
    guest.call('fd_seek', fd, 0n, 0, at);
    guest.write(fd, 'A');
    guest.call('fd_seek', fd, 0n, 0, at);
    expect(guest.read(fd)).toEqual({ text: 'Abc' });
    expect(fdstat(guest, fd)[1]).toBe(0);
  },
  'keeps the flags it is opened with when they are set again': (guest) => {
    const fd = file(guest, 2);
    expect(guest.call('fd_fdstat_set_flags', fd, 2 | 4)).toBe('success');
    expect(fdstat(guest, fd)[1]).toBe(6);
  },
  'answers badf for a descriptor that is not open': answers('badf', (guest) =>
    guest.call('fd_fdstat_set_flags', 99, 0),
  ),
  'answers notcapable without fd_fdstat_set_flags': lacksRight(Right.fdFdstatSetFlags, file, (guest, fd) =>
    guest.call('fd_fdstat_set_flags', fd, 0),
  ),
  'answers inval for a flag there is not': answers('inval', (guest) =>
    guest.call('fd_fdstat_set_flags', file(guest), 32),
  ),
  'answers notsup for becoming synchronous, which the kernel would ignore': (guest) => {
    for (const flag of [2, 8, 16])
      expect(guest.call('fd_fdstat_set_flags', file(guest), flag)).toBe('notsup');
  },
});

conform('fd_fdstat_set_rights', {
  'takes rights away for good, from the descriptor and from what is opened below it': (guest, { inside }) => {
    writeFileSync(inside('file'), '');
    const base = Right.pathOpen | Right.pathFilestatGet;
    expect(guest.call('fd_fdstat_set_rights', 3, base, Right.fdRead)).toBe('success');
    expect(fdstat(guest, 3).slice(2)).toEqual([base, Right.fdRead]);
    expect(guest.path('path_create_directory', 3, 'x')).toBe('notcapable');
    expect(guest.open('file', { rights: Right.fdRead, inheriting: 0n })).toBeTypeOf('number');
    expect(guest.open('file', { rights: Right.fdWrite, inheriting: 0n })).toBe('notcapable');
    expect(guest.open('file', { rights: 0n, inheriting: Right.fdTell })).toBe('notcapable');
  },
  'answers badf for a descriptor that is not open': answers('badf', (guest) =>
    guest.call('fd_fdstat_set_rights', 99, 0n, 0n),
  ),
  'answers notcapable for a right it does not have, there or there, and takes none': (guest) => {
    const fd = guest.opened('new', { flags: CREATE, rights: Right.fdRead });
    expect(guest.call('fd_fdstat_set_rights', fd, Right.fdWrite, 0n)).toBe('notcapable');
    expect(guest.call('fd_fdstat_set_rights', fd, 0n, Right.fdRead)).toBe('notcapable');
    expect(guest.call('fd_fdstat_set_rights', fd, 1n << 63n, 0n)).toBe('notcapable');
    expect(guest.call('fd_fdstat_set_rights', fd, -1n, -1n)).toBe('notcapable');
    expect(fdstat(guest, fd)[2]).toBe(Right.fdRead);
  },
});

conform('fd_prestat_get', {
  'tells the length of the name of a preopened folder': (guest) => {
    const at = guest.room(8);
    for (const fd of [3, 4]) {
      expect(guest.call('fd_prestat_get', fd, at)).toBe('success');
      expect([guest.view.getUint8(at), guest.u32(at + 4)]).toEqual([0, 3]);
    }
  },
  'answers badf for what is not open or not preopened': (guest) => {
    for (const fd of [99, 0, guest.opened('sub')]) {
      expect(guest.call('fd_prestat_get', fd, guest.room(8))).toBe('badf');
    }
  },
  'answers fault for a result outside the memory': answers('fault', (guest) =>
    guest.call('fd_prestat_get', 3, outside(guest, 8)),
  ),
});

conform('fd_prestat_dir_name', {
  'stores the name, without a NUL behind it': (guest) => {
    const at = guest.room(8);
    guest.bytes(at, 8).fill(0xff);
    expect(guest.call('fd_prestat_dir_name', 4, at, 8)).toBe('success');
    expect(Buffer.from(guest.bytes(at, 3)).toString()).toBe('/ro');
    expect(guest.bytes(at + 3, 1)).toEqual(Uint8Array.of(0xff));
  },
  'answers badf for what is not open or not preopened': (guest) => {
    for (const fd of [99, 0, guest.opened('sub')]) {
      expect(guest.call('fd_prestat_dir_name', fd, guest.room(8), 8)).toBe('badf');
    }
  },
  'answers nametoolong where the name does not fit': answers('nametoolong', (guest) =>
    guest.call('fd_prestat_dir_name', 3, guest.room(8), 2),
  ),
  'answers fault for a buffer outside the memory': answers('fault', (guest) =>
    guest.call('fd_prestat_dir_name', 3, outside(guest, 3), 3),
  ),
});
