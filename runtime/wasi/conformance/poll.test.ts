import { writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { Errno } from '../errno.ts';
import { fileRights, Right } from '../rights.ts';
import { CREATE, DrivenGuest } from '../testdata/driven-guest.ts';
import { AGES, poll, quiet } from '../testdata/poll.ts';
import { conform, outside } from './conform.ts';
import { makeFifo } from './path-errors.ts';

conform('poll_oneoff', {
  'ends when the first of its clocks has come, counted from now or on the clock itself': (guest) => {
    const before = process.hrtime.bigint();
    expect(poll(guest, { clock: 1, timeout: AGES }, { clock: 0, timeout: 2_000_000n })).toEqual([
      { userdata: 101n, type: 0, ...quiet },
    ]);
    const after = process.hrtime.bigint();
    expect(after - before >= 2_000_000n).toBe(true);
    for (const [clock, now] of [
      [0, BigInt(Date.now()) * 1_000_000n],
      [1, process.hrtime.bigint()],
    ] as const) {
      const timeout = now + 2_000_000n;
      expect(poll(guest, { clock, timeout, absolute: true })).toHaveLength(1);
      expect(
        poll(guest, { clock, timeout, absolute: true }, { clock, timeout: 0n, absolute: true }),
      ).toHaveLength(2);
    }
    expect(BigInt(Date.now()) * 1_000_000n >= 2_000_000n).toBe(true);
  },
  'tells of every subscription that is ready, in their order, and of none that is not': (guest, folders) => {
    makeFifo(folders, 'fifo');
    writeFileSync(folders.inside('file'), 'four');
    const [file, fifo] = [guest.opened('file', { rights: fileRights }), guest.opened('fifo')];
    const writer = guest.opened('fifo', { rights: Right.fdWrite | Right.pollFdReadwrite });
    expect(
      poll(
        guest,
        { write: writer },
        { read: fifo },
        { read: file },
        { clock: 0, timeout: AGES },
        { write: file },
      ),
    ).toEqual([
      { userdata: 100n, type: 2, ...quiet },
      { userdata: 102n, type: 1, ...quiet, bytes: 4n },
      { userdata: 104n, type: 2, ...quiet },
    ]);
    guest.write(writer, 'now');
    expect(poll(guest, { read: fifo }, { clock: 1, timeout: AGES })).toMatchObject([
      { userdata: 100n, errno: 0 },
    ]);
  },
  'counts what is left of a file and of a stream': (guest, { inside }) => {
    writeFileSync(inside('file'), 'four');
    const file = guest.opened('file');
    guest.read(file, 3);
    expect(poll(guest, { read: file })).toEqual([{ userdata: 100n, type: 1, ...quiet, bytes: 1n }]);
    guest.read(file);
    expect(poll(guest, { read: file })).toEqual([{ userdata: 100n, type: 1, ...quiet, bytes: 0n }]);
    using other = new DrivenGuest({ input: 'abc' });
    expect(poll(other, { read: 0 })).toEqual([{ userdata: 100n, type: 1, ...quiet, bytes: 3n }]);
  },
  'tells when the other side of a fifo has gone': (guest, folders) => {
    makeFifo(folders, 'fifo');
    const reader = guest.opened('fifo');
    const writer = guest.opened('fifo', { rights: Right.fdWrite });
    guest.call('fd_close', writer);
    expect(poll(guest, { read: reader })).toEqual([{ userdata: 100n, type: 1, ...quiet, hangUp: 1 }]);
  },
  'may store its events where its subscriptions were': (guest) => {
    const at = guest.room(96);
    guest.bytes(at, 96).fill(0);
    for (const [i, userdata] of [7n, 8n].entries()) {
      guest.view.setBigUint64(at + 48 * i, userdata, true);
      guest.view.setUint8(at + 48 * i + 8, 2);
      guest.view.setUint32(at + 48 * i + 16, 1 + i, true);
    }
    const count = guest.room(4);
    expect(guest.call('poll_oneoff', at, at, 2, count)).toBe('success');
    expect([guest.u32(count), guest.u64(at), guest.u64(at + 32)]).toEqual([2, 7n, 8n]);
  },
  'answers inval for no subscriptions, more than it takes, and an event there is not': (guest) => {
    const at = guest.room(96);
    guest.bytes(at, 96).fill(0);
    expect(guest.call('poll_oneoff', at, at, 0, at)).toBe('inval');
    expect(guest.call('poll_oneoff', at, at, 4097, at)).toBe('inval');
    expect(guest.call('poll_oneoff', at, at, -1, at)).toBe('inval');
    guest.view.setUint8(at + 8, 3);
    expect(guest.call('poll_oneoff', at, at + 48, 1, at + 80)).toBe('inval');
  },
  'answers inval in the event of a clock or a flag there is not': (guest) => {
    const [event] = poll(guest, { clock: 4, timeout: 0n });
    expect(event).toEqual({ userdata: 100n, type: 0, ...quiet, errno: Errno.inval });
    const at = guest.room(96);
    guest.bytes(at, 96).fill(0);
    guest.view.setUint16(at + 40, 2, true);
    expect(guest.call('poll_oneoff', at, at + 48, 1, at + 88)).toBe('success');
    expect(guest.view.getUint16(at + 48 + 8, true)).toBe(Errno.inval);
  },
  'answers fault for subscriptions, events or a count outside the memory': (guest) => {
    const at = guest.room(96);
    guest.bytes(at, 96).fill(0);
    expect(guest.call('poll_oneoff', outside(guest, 48), at, 1, at)).toBe('fault');
    expect(guest.call('poll_oneoff', at, outside(guest, 32), 1, at)).toBe('fault');
    expect(guest.call('poll_oneoff', at, at + 48, 1, outside(guest))).toBe('fault');
  },
  'answers badf in the event of what is not open, or not open so': (guest) => {
    const reader = guest.opened('new', { flags: CREATE, rights: Right.fdRead | Right.pollFdReadwrite });
    const events = poll(guest, { read: 99 }, { read: 1 }, { write: 0 }, { write: reader });
    expect(events.map(({ errno }) => errno)).toEqual(Array(4).fill(Errno.badf));
  },
  'answers notcapable in the event of a descriptor without poll_fd_readwrite': (guest) => {
    const fd = guest.opened('new', { flags: CREATE, rights: Right.fdRead });
    expect(poll(guest, { read: fd })).toEqual([
      { userdata: 100n, type: 1, ...quiet, errno: Errno.notcapable },
    ]);
  },
  'answers notsup in the event of a clock that counts processor time': (guest) => {
    const events = poll(guest, { clock: 2, timeout: 1n }, { clock: 3, timeout: 1n });
    expect(events.map(({ errno }) => errno)).toEqual([Errno.notsup, Errno.notsup]);
  },
});
