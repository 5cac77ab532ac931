import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { ErrnoName } from '../errno.ts';
import { directoryRights } from '../rights.ts';
import { DIRECTORY_ONLY, type DrivenGuest } from '../testdata/driven-guest.ts';
import type { GuestFolders } from '../testdata/guest-folders.ts';
import { answers, type Case, lacksRight, outside } from './conform.ts';

/** Calls a path function with its other parameters harmless. */
export type PathCall = (guest: DrivenGuest, fd: number, pointer: number, length: number) => ErrnoName;

/** Every function that takes a path below a directory refuses these alike; `right` is what it needs there. */
export function pathErrors(call: PathCall, right: bigint): Record<string, Case> {
  const at = (guest: DrivenGuest, fd: number, name: string): ErrnoName =>
    call(guest, fd, ...guest.text(name));
  return {
    'answers badf for a directory that is not open': answers('badf', (guest) => at(guest, 99, 'x')),
    'answers notcapable without its right': lacksRight(right, ownDirectory, (guest, fd) =>
      at(guest, fd, 'x'),
    ),
    'answers notcapable for a path out of the folder': (guest, { top, inside }) => {
      symlinkSync('../outside', inside('link'));
      // Should a path ever get out, it must still end in a directory of this test: tests run as root.
      for (const name of [
        '..',
        '../outside/secret',
        'sub/../../outside',
        `${top}/inside/sub`,
        'link/secret',
      ]) {
        expect([name, at(guest, 3, name)]).toEqual([name, 'notcapable']);
      }
    },
    'answers fault for a path outside the memory': (guest) => {
      expect(call(guest, 3, outside(guest), 4)).toBe('fault');
      expect(call(guest, 3, -1, 4)).toBe('fault');
    },
    'answers ilseq for a NUL in the path': answers('ilseq', (guest) => at(guest, 3, 'a\0b')),
    'answers nametoolong for a name of 256 bytes and a path of 4096': (guest) => {
      expect(at(guest, 3, 'x'.repeat(256))).toBe('nametoolong');
      expect(at(guest, 3, `${'x/'.repeat(2047)}xx`)).toBe('nametoolong');
      expect(call(guest, 3, 0, -1)).toBe('nametoolong');
      expect(at(guest, 3, `sub/../${'./'.repeat(2044)}`)).not.toBe('nametoolong');
    },
    'answers noent for no path, and below what is not there': (guest) => {
      expect(at(guest, 3, '')).toBe('noent');
      expect(at(guest, 3, 'none/x')).toBe('noent');
    },
    'answers notdir at or below what is no directory': (guest, { inside }) => {
      writeFileSync(inside('file'), '');
      expect(at(guest, 3, 'file/x')).toBe('notdir');
      expect(at(guest, guest.opened('file'), 'x')).toBe('notdir');
      expect(at(guest, 0, 'x')).toBe('notdir');
    },
    'answers loop below links that lead round': (guest, { inside }) => {
      symlinkSync('round', inside('circle'));
      symlinkSync('circle', inside('round'));
      expect(at(guest, 3, 'circle/x')).toBe('loop');
    },
  };
}

/** For calls that do nothing to the root itself, should they ever reach it. */
export function rootError(call: PathCall): Record<string, Case> {
  return {
    'answers notcapable for the root': (guest) => {
      for (const name of ['/', '//', '/.']) expect(call(guest, 3, ...guest.text(name))).toBe('notcapable');
    },
  };
}

/** A call on what is there, in the folder and below a directory opened in it, which changes it. */
export function readOnly(call: PathCall): Case {
  return (guest, { top }) => {
    mkdirSync(path.join(top, 'readonly/dir'));
    const dir = guest.opened('dir', { at: 4, flags: DIRECTORY_ONLY, rights: directoryRights });
    for (const fd of [4, dir]) {
      for (const name of ['dir', 'new']) expect(call(guest, fd, ...guest.text(name))).toBe('rofs');
    }
  };
}

/** A directory the guest has opened, with every right there is for it. */
export function ownDirectory(guest: DrivenGuest): number {
  return guest.opened('.', { flags: DIRECTORY_ONLY, rights: directoryRights });
}

/** A fifo in the writable folder. */
export function makeFifo({ inside }: GuestFolders, name: string): void {
  execFileSync('mkfifo', [inside(name)]);
}
