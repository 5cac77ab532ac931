import { expect } from 'vitest';
import { GuestExit } from '../end.ts';
import { DrivenGuest } from '../testdata/driven-guest.ts';
import { answers, type Case, conform, outside } from './conform.ts';
import type { FunctionName } from './witx.ts';

type List = 'args' | 'environ';

/** Three strings, one of them empty and one longer in bytes than in characters. */
const strings = ['tool', '', 'ü=1'];

function told(list: List): DrivenGuest {
  return new DrivenGuest({ [list === 'args' ? 'args' : 'env']: strings });
}

function sizes(list: List): Record<string, Case> {
  return {
    'tells how many strings there are, and their bytes with a NUL behind each': () => {
      using guest = told(list);
      const at = guest.room(8);
      expect(guest.call(`${list}_sizes_get`, at, at + 4)).toBe('success');
      expect([guest.u32(at), guest.u32(at + 4)]).toEqual([3, 5 + 1 + 5]);
    },
    'answers fault for a result outside the memory': () => {
      using guest = told(list);
      expect(guest.call(`${list}_sizes_get`, outside(guest), 0)).toBe('fault');
      expect(guest.call(`${list}_sizes_get`, 0, -4)).toBe('fault');
    },
  };
}

function get(list: List): Record<string, Case> {
  return {
    'stores the strings one after the other, and where each begins': () => {
      using guest = told(list);
      const pointers = guest.room(16);
      const buffer = guest.room(16);
      guest.bytes(pointers, 32).fill(0xff);
      expect(guest.call(`${list}_get`, pointers, buffer)).toBe('success');
      expect(Buffer.from(guest.bytes(buffer, 11)).toString()).toBe('tool\0\0ü=1\0');
      expect(guest.bytes(buffer + 11, 1)).toEqual(Uint8Array.of(0xff));
      expect([0, 4, 8].map((offset) => guest.u32(pointers + offset))).toEqual([
        buffer,
        buffer + 5,
        buffer + 6,
      ]);
      expect(guest.u32(pointers + 12)).toBe(0xffff_ffff);
    },
    'answers fault where the pointers or the bytes do not fit': () => {
      using guest = told(list);
      expect(guest.call(`${list}_get`, outside(guest, 12), 0)).toBe('fault');
      expect(guest.call(`${list}_get`, 0, outside(guest, 11))).toBe('fault');
    },
  };
}

conform('args_sizes_get', sizes('args'));
conform('args_get', get('args'));
conform('environ_sizes_get', sizes('environ'));
conform('environ_get', get('environ'));

const clocks = { realtime: 0, monotonic: 1, processCpu: 2, threadCpu: 3 } as const;

function reading(guest: DrivenGuest, clock: number): bigint {
  const at = guest.room(8);
  expect(guest.call('clock_time_get', clock, 0n, at)).toBe('success');
  return guest.u64(at);
}

conform('clock_res_get', {
  'is more than nothing for each clock there is': (guest) => {
    for (const clock of Object.values(clocks)) {
      const at = guest.room(8);
      expect(guest.call('clock_res_get', clock, at)).toBe('success');
      expect(guest.u64(at) > 0n).toBe(true);
    }
  },
  'answers inval for a clock there is not': (guest) => {
    for (const clock of [4, -1]) expect(guest.call('clock_res_get', clock, guest.room(8))).toBe('inval');
  },
  'answers fault for a result outside the memory': answers('fault', (guest) =>
    guest.call('clock_res_get', 0, outside(guest, 8)),
  ),
});

conform('clock_time_get', {
  'counts nanoseconds since 1970 by the real time clock, whatever the precision': (guest) => {
    const before = BigInt(Date.now()) * 1_000_000n;
    const at = guest.room(8);
    for (const precision of [0n, 1n, -1n]) {
      expect(guest.call('clock_time_get', clocks.realtime, precision, at)).toBe('success');
      expect(guest.u64(at) >= before && guest.u64(at) <= BigInt(Date.now()) * 1_000_000n).toBe(true);
    }
  },
  'never goes back on the monotonic clock': (guest) => {
    const readings = Array.from({ length: 100 }, () => reading(guest, clocks.monotonic));
    expect(readings).toEqual(readings.toSorted((a, b) => Number(a - b)));
  },
  'counts processor time from the start of the guest': (guest) => {
    const first = reading(guest, clocks.processCpu);
    expect(first < 10_000_000_000n).toBe(true);
    expect(reading(guest, clocks.threadCpu) >= first).toBe(true);
  },
  'answers inval for a clock there is not': answers('inval', (guest) =>
    guest.call('clock_time_get', 4, 0n, 0),
  ),
  'answers fault for a result outside the memory': answers('fault', (guest) =>
    guest.call('clock_time_get', 0, 0n, outside(guest, 8)),
  ),
});

conform('random_get', {
  'fills the buffer and nothing beside it': (guest) => {
    const at = guest.room(96);
    guest.bytes(at, 96).fill(0);
    expect(guest.call('random_get', at, 64)).toBe('success');
    expect(new Set(guest.bytes(at, 64)).size).toBeGreaterThan(16);
    expect(guest.bytes(at + 64, 32)).toEqual(new Uint8Array(32));
  },
  'gives no two guests the same, in small portions and large ones': (guest) => {
    using other = new DrivenGuest();
    for (const size of [16, 256, 257, 4096]) {
      const seen = new Set<string>();
      for (let i = 0; i < 100; i++) {
        for (const each of [guest, other]) {
          expect(each.call('random_get', 1024, size)).toBe('success');
          seen.add(Buffer.from(each.bytes(1024, size)).toString('hex'));
        }
      }
      expect(seen.size).toBe(200);
    }
  },
  'is content with no bytes, even at the very end of the memory': answers('success', (guest) =>
    guest.call('random_get', guest.memory.buffer.byteLength, 0),
  ),
  'answers fault for a buffer that is not all inside the memory': (guest) => {
    expect(guest.call('random_get', outside(guest), 4)).toBe('fault');
    expect(guest.call('random_get', 8, -8)).toBe('fault');
    expect(guest.call('random_get', guest.memory.buffer.byteLength + 1, 0)).toBe('fault');
  },
});

conform('proc_exit', {
  'does not return, and says the code as an unsigned number': (guest) => {
    expect(() => guest.call('proc_exit', -1)).toThrow(GuestExit);
    expect(guest.host.end).toMatchObject({ code: 0xffff_ffff });
  },
});

conform('proc_raise', {
  'never ends the guest': (guest) => {
    guest.call('proc_raise', 9);
    expect(guest.host.end).toBeUndefined();
  },
  'answers notsup for every signal: there is nobody to send it to': (guest) => {
    for (let signal = 0; signal <= 30; signal++) expect(guest.call('proc_raise', signal)).toBe('notsup');
  },
  'answers inval for a signal there is not': (guest) => {
    for (const signal of [31, 255, -1]) expect(guest.call('proc_raise', signal)).toBe('inval');
  },
});

conform('sched_yield', {
  'comes back': answers('success', (guest) => guest.call('sched_yield')),
});

function socketless(name: FunctionName, ...rest: readonly number[]): Record<string, Case> {
  const refused = (guest: DrivenGuest, fd: number): string => guest.call(name, fd, ...rest);
  return {
    'leaves what it is called on as it is': (guest) => {
      for (const fd of [0, 1, 3]) refused(guest, fd);
      expect(guest.write(1, 'still here')).toBe('success');
      expect(guest.opened('sub')).toBe(5);
    },
    'answers badf for a descriptor that is not open': (guest) => expect(refused(guest, 99)).toBe('badf'),
    'answers notsock for a stream, a folder and a file': (guest) => {
      for (const fd of [0, 1, 2, 3, guest.opened('new', { flags: 1, write: true })]) {
        expect(refused(guest, fd)).toBe('notsock');
      }
    },
  };
}

conform('sock_accept', socketless('sock_accept', 0, 0));
conform('sock_recv', socketless('sock_recv', 0, 0, 0, 0, 0));
conform('sock_send', socketless('sock_send', 0, 0, 0, 0));
conform('sock_shutdown', socketless('sock_shutdown', 3));
