import { describe, expect, it } from 'vitest';
import type { ErrnoName } from '../errno.ts';
import type { DrivenGuest } from '../testdata/driven-guest.ts';
import { GuestFolders } from '../testdata/guest-folders.ts';
import { errors, type FunctionName } from './witx.ts';

/** What a function is to do in a world of its own: a guest with a writable folder at 3 and a read-only one at 4. */
export type Case = (guest: DrivenGuest, folders: GuestFolders) => void | Promise<void>;

/**
 * Defines the tests of one function. A title that begins with `answers` and an error's name is the test of that
 * error; every error of `errors` must have one, and so must the function's success.
 */
export function conform(name: FunctionName, cases: Readonly<Record<string, Case>>): void {
  describe(`wasi_snapshot_preview1.${name}`, () => {
    for (const [title, run] of Object.entries(cases)) {
      it(title, async () => {
        using folders = new GuestFolders();
        await run(folders.guest, folders);
      });
    }

    it('has a test for its success and for every error of the specification', () => {
      const titles = Object.keys(cases);
      expect(titles.filter((title) => !title.startsWith('answers ')).length).toBeGreaterThan(0);
      const tested = titles.flatMap((title) => /^answers (\w+)/.exec(title)?.[1] ?? []);
      expect([...new Set(tested)].sort()).toEqual(errors[name].split(' ').filter(Boolean));
    });
  });
}

/** A call that is to answer so. */
export function answers(
  errno: ErrnoName,
  call: (guest: DrivenGuest, folders: GuestFolders) => ErrnoName,
): Case {
  return (guest, folders) => expect(call(guest, folders)).toBe(errno);
}

/** A pointer from which nothing of `size` bytes lies within the memory. */
export function outside(guest: DrivenGuest, size = 4): number {
  return guest.memory.buffer.byteLength - size + 1;
}

/**
 * A call on a descriptor that lacks one right and has all others it may have: `notcapable`, or what the call knows
 * it as. With that right alone it is another matter.
 */
export function lacksRight(
  right: bigint,
  open: (guest: DrivenGuest) => number,
  call: (guest: DrivenGuest, fd: number) => ErrnoName,
  missing: ErrnoName = 'notcapable',
): Case {
  return (guest) => {
    const fd = open(guest);
    const at = guest.room(24);
    guest.call('fd_fdstat_get', fd, at);
    const [base, inheriting] = [guest.u64(at + 8), guest.u64(at + 16)];
    expect(base & right).toBe(right);
    expect(call(guest, fd)).not.toBe(missing);
    expect(guest.call('fd_fdstat_set_rights', fd, base & ~right, inheriting)).toBe('success');
    expect(call(guest, fd)).toBe(missing);
  };
}
