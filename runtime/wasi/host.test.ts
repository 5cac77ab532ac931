import { describe, expect, it } from 'vitest';
import { GuestExit, GuestLimitExceeded } from './end.ts';
import { MemoryInput } from './memory-stdio.ts';
import { isPreview1Function } from './preview1-names.ts';
import { DrivenGuest } from './testdata/driven-guest.ts';

/** The strings of `args_get` or `environ_get`, read back through their pointers. */
function strings(guest: DrivenGuest, which: 'args' | 'environ'): string[] {
  const sizes = guest.room(8);
  expect(guest.call(`${which}_sizes_get`, sizes, sizes + 4)).toBe('success');
  const count = guest.u32(sizes);
  const size = guest.u32(sizes + 4);
  const pointers = guest.room(4 * count);
  const buffer = guest.room(size);
  expect(guest.call(`${which}_get`, pointers, buffer)).toBe('success');
  return Array.from({ length: count }, (_, i) => {
    const start = guest.u32(pointers + 4 * i);
    const bytes = guest.bytes(start, buffer + size - start);
    return Buffer.from(bytes.subarray(0, bytes.indexOf(0))).toString();
  });
}

describe('WasiHost', () => {
  it('has all 46 functions of preview1', () => {
    using guest = new DrivenGuest();
    const names = Object.keys(guest.host.imports);
    expect(names).toHaveLength(46);
    expect(names.every(isPreview1Function)).toBe(true);
  });

  it('stores arguments and environment, a NUL in them left out', () => {
    using guest = new DrivenGuest({ args: ['a', '', 'ü\0x'], env: ['A=1'] });
    expect(strings(guest, 'args')).toEqual(['a', '', 'üx']);
    expect(strings(guest, 'environ')).toEqual(['A=1']);
  });

  it('answers fault for every pointer outside the memory', () => {
    using guest = new DrivenGuest({ args: ['a'] });
    const end = guest.memory.buffer.byteLength;
    expect(guest.call('args_sizes_get', end - 2, 0)).toBe('fault');
    expect(guest.call('args_get', 0, end)).toBe('fault');
    expect(guest.call('random_get', -8, 16)).toBe('fault');
    expect(guest.call('random_get', 0, -1)).toBe('fault');
    expect(guest.call('fd_write', 1, -4, 1, 0)).toBe('fault');
    expect(guest.call('clock_time_get', 0, 0n, end - 7)).toBe('fault');
    const [vectors] = guest.vectors([end - 4, 8]);
    expect(guest.call('fd_write', 1, vectors, 1, 0)).toBe('fault');
  });

  it('sees memory that the guest has grown', () => {
    using guest = new DrivenGuest();
    const end = guest.memory.buffer.byteLength;
    expect(guest.call('random_get', end, 8)).toBe('fault');
    guest.memory.grow(1);
    expect(guest.call('random_get', end, 8)).toBe('success');
  });

  it('fills with randomness', () => {
    using guest = new DrivenGuest();
    const at = guest.room(64);
    expect(guest.call('random_get', at, 32)).toBe('success');
    expect(guest.call('random_get', at + 32, 32)).toBe('success');
    expect(guest.bytes(at, 32)).not.toEqual(guest.bytes(at + 32, 32));
  });

  it('tells real time, monotonic time and its own processor time', () => {
    using guest = new DrivenGuest();
    const at = guest.room(8);
    const now = (clock: number): bigint => {
      expect(guest.call('clock_time_get', clock, 0n, at)).toBe('success');
      return guest.u64(at);
    };
    const before = BigInt(Date.now()) * 1_000_000n;
    const real = now(0);
    expect(real >= before && real <= BigInt(Date.now()) * 1_000_000n).toBe(true);
    const first = now(1);
    expect(now(1) >= first).toBe(true);
    const used = now(2);
    expect(now(3) >= used).toBe(true);
    expect(guest.call('clock_time_get', 4, 0n, at)).toBe('inval');
    for (const clock of [0, 1, 2, 3]) {
      expect(guest.call('clock_res_get', clock, at)).toBe('success');
      expect(guest.u64(at) > 0n).toBe(true);
    }
    expect(guest.call('clock_res_get', 9, at)).toBe('inval');
  });

  it('ends the guest at proc_exit, and again at every later call of a guest that caught it', () => {
    using guest = new DrivenGuest();
    expect(() => guest.call('proc_exit', -1)).toThrow(GuestExit);
    expect(guest.host.end).toMatchObject({ code: 0xffffffff });
    expect(() => guest.call('sched_yield')).toThrow(GuestExit);
  });

  it('begins anew with the streams it is opened with, whatever the guest before did', () => {
    using guest = new DrivenGuest({ input: 'before' });
    guest.call('fd_close', 0);
    guest.call('fd_renumber', 1, 2);
    expect(() => guest.call('proc_exit', 3)).toThrow(GuestExit);
    const stdin = new MemoryInput(Buffer.from('after'));
    guest.host.open({ stdin, stdout: guest.stdout, stderr: guest.stderr });
    expect(guest.host.end).toBeUndefined();
    expect(guest.read(0)).toEqual({ text: 'after' });
    expect(guest.write(2, 'said')).toBe('success');
    expect(Buffer.from(guest.stderr.contents()).toString()).toBe('said');
    expect(guest.call('fd_close', 3)).toBe('badf');
  });

  it('knows no signals and no sockets', () => {
    using guest = new DrivenGuest();
    expect(guest.call('proc_raise', 9)).toBe('notsup');
    expect(guest.call('sched_yield')).toBe('success');
    for (const [fd, errno] of [
      [1, 'notsock'],
      [77, 'badf'],
    ] as const) {
      expect(guest.call('sock_accept', fd, 0, 0)).toBe(errno);
      expect(guest.call('sock_recv', fd, 0, 0, 0, 0, 0)).toBe(errno);
      expect(guest.call('sock_send', fd, 0, 0, 0, 0)).toBe(errno);
      expect(guest.call('sock_shutdown', fd, 0)).toBe(errno);
    }
  });
});

describe('streams in memory', () => {
  it('are read to their end and written in several buffers at once', () => {
    using guest = new DrivenGuest({ input: 'some input' });
    expect(guest.read(0, 4)).toEqual({ text: 'some' });
    expect(guest.read(0)).toEqual({ text: ' input' });
    expect(guest.read(0)).toEqual({ text: '' });
    expect(guest.write(1, 'one ', '', 'two')).toBe('success');
    expect(Buffer.from(guest.stdout.contents()).toString()).toBe('one two');
  });

  it('have one direction, no position and no size', () => {
    using guest = new DrivenGuest();
    const at = guest.room(64);
    expect(guest.read(1)).toBe('badf');
    expect(guest.write(0, 'x')).toBe('badf');
    expect(guest.call('fd_seek', 0, 0n, 0, at)).toBe('spipe');
    expect(guest.call('fd_tell', 1, at)).toBe('spipe');
    expect(guest.call('fd_pread', 0, 0, 0, 0n, at)).toBe('spipe');
    expect(guest.call('fd_filestat_get', 1, at)).toBe('success');
    expect(guest.bytes(at, 64)).toEqual(new Uint8Array(64));
    expect(guest.call('fd_readdir', 0, at, 64, 0n, at)).toBe('notdir');
    expect(guest.call('fd_prestat_get', 0, at)).toBe('badf');
  });

  it('stop the guest at the limit of stdout and drop beyond the limit of stderr', () => {
    using guest = new DrivenGuest();
    expect(guest.write(2, 'x'.repeat(3000))).toBe('success');
    expect(guest.stderr.contents()).toHaveLength(1024);
    expect(guest.stderr.dropped).toBe(3000 - 1024);
    expect(guest.write(1, 'x'.repeat(1024))).toBe('success');
    expect(() => guest.write(1, 'x')).toThrow(GuestLimitExceeded);
    expect(() => guest.write(1, 'x')).toThrow('wrote more than 1 KiB to stdout');
  });

  it('are read in part when more buffers are given than one call looks at', () => {
    using guest = new DrivenGuest();
    const letter = guest.text('x');
    const many = guest.vectors(...Array.from({ length: 2000 }, () => letter));
    const count = guest.room(4);
    expect(guest.call('fd_write', 2, ...many, count)).toBe('success');
    expect(guest.u32(count)).toBe(1024);
  });
});
