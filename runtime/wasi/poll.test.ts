import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync, realpathSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GuestInterrupted } from './end.ts';
import { FdInput, FdOutput } from './fd-stdio.ts';
import { close, eventfd } from './kernel.ts';
import { DrivenGuest } from './testdata/driven-guest.ts';
import { AGES, poll, quiet } from './testdata/poll.ts';
import { Waiter } from './wait.ts';

describe('poll_oneoff()', () => {
  it('waits for the first of several clocks, relative or absolute', () => {
    using guest = new DrivenGuest();
    const before = process.hrtime.bigint();
    const relative = poll(guest, { clock: 1, timeout: AGES }, { clock: 1, timeout: 3_000_000n });
    expect(relative).toEqual([{ userdata: 101n, type: 0, ...quiet }]);
    expect(process.hrtime.bigint() - before >= 3_000_000n).toBe(true);
    const past = BigInt(Date.now()) * 1_000_000n - 1n;
    const absolute = poll(guest, { clock: 0, timeout: AGES }, { clock: 0, timeout: past, absolute: true });
    expect(absolute).toEqual([{ userdata: 101n, type: 0, ...quiet }]);
  });

  it('finds streams in memory ready at once, and says how much there is to read', () => {
    using guest = new DrivenGuest({ input: 'five!' });
    expect(poll(guest, { clock: 1, timeout: AGES }, { read: 0 }, { write: 1 })).toEqual([
      { userdata: 101n, type: 1, ...quiet, bytes: 5n },
      { userdata: 102n, type: 2, ...quiet },
    ]);
  });

  it('answers a subscription that cannot be with an event of its own', () => {
    using guest = new DrivenGuest();
    expect(
      poll(guest, { read: 50 }, { write: 0 }, { clock: 2, timeout: 1n }, { clock: 8, timeout: 1n }),
    ).toEqual([
      { userdata: 100n, type: 1, ...quiet, errno: 8 },
      { userdata: 101n, type: 2, ...quiet, errno: 8 },
      { userdata: 102n, type: 0, ...quiet, errno: 58 },
      { userdata: 103n, type: 0, ...quiet, errno: 28 },
    ]);
  });

  it('refuses no subscriptions, too many, and those outside the memory', () => {
    using guest = new DrivenGuest();
    expect(guest.call('poll_oneoff', 0, 0, 0, 0)).toBe('inval');
    expect(guest.call('poll_oneoff', 0, 0, 1_000_000, 0)).toBe('inval');
    expect(guest.call('poll_oneoff', -48, 0, 1, 0)).toBe('fault');
    expect(guest.call('poll_oneoff', 0, -32, 1, 0)).toBe('fault');
  });

  describe('on descriptors of the process', () => {
    let directory: string;
    let reading: number;
    let writing: number;

    beforeEach(() => {
      directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'wasi-poll-')));
      const fifo = path.join(directory, 'fifo');
      execFileSync('mkfifo', [fifo]);
      reading = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
      writing = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK);
    });

    afterEach(() => {
      close(reading);
      close(writing);
      rmSync(directory, { recursive: true, force: true });
    });

    function guestOnFifo(waiter: Waiter): DrivenGuest {
      return new DrivenGuest({
        waiter,
        stdin: new FdInput(reading, waiter),
        stdout: new FdOutput(writing, waiter),
        preopens: [{ guestPath: '/d', hostPath: directory, writable: true }],
      });
    }

    it('waits for what comes first: bytes or the clock', () => {
      using guest = guestOnFifo(new Waiter());
      expect(poll(guest, { read: 0 }, { clock: 1, timeout: 1_000_000n })).toEqual([
        { userdata: 101n, type: 0, ...quiet },
      ]);
      writeSync(writing, 'x');
      expect(poll(guest, { read: 0 }, { clock: 1, timeout: AGES })).toMatchObject([
        { userdata: 100n, type: 1, errno: 0 },
      ]);
      expect(poll(guest, { write: 1 })).toEqual([{ userdata: 100n, type: 2, ...quiet }]);
    });

    it('tells of a writer that has left', () => {
      using guest = guestOnFifo(new Waiter());
      close(writing);
      expect(poll(guest, { read: 0 })).toMatchObject([{ userdata: 100n, type: 1, hangUp: 1 }]);
      expect(guest.read(0)).toEqual({ text: '' });
      writing = openSync('/dev/null', 'w');
    });

    it('finds regular files ready and waits for a fifo the guest has opened', () => {
      writeFileSync(path.join(directory, 'file'), 'x');
      using guest = guestOnFifo(new Waiter());
      const file = guest.opened('file');
      const fifo = guest.opened('fifo');
      expect(poll(guest, { read: file }, { read: fifo })).toEqual([
        { userdata: 100n, type: 1, ...quiet, bytes: 1n },
      ]);
      expect(poll(guest, { read: fifo }, { clock: 1, timeout: 60_000_000n })).toMatchObject([
        { userdata: 101n },
      ]);
    });

    it('ends every wait when woken', () => {
      const wakeFd = eventfd();
      using guest = guestOnFifo(new Waiter(wakeFd));
      writeSync(wakeFd, new BigUint64Array([1n]));
      expect(() => poll(guest, { read: 0 })).toThrow(GuestInterrupted);
      expect(() => guest.read(0)).toThrow(GuestInterrupted);
      close(wakeFd);
    });
  });
});
