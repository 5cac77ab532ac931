import { GuestInterrupted } from './end.ts';
import { Poll, type PollRequest, poll } from './kernel.ts';

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/**
 * How long a wait may stay inside the kernel when nobody can wake it: between two slices the thread can be
 * terminated.
 */
const SLICE = 50n * NANOSECONDS_PER_MILLISECOND;

/** A guest's ways to wait. `wakeFd` is an eventfd by which another thread ends every wait at once. */
export class Waiter {
  readonly #wakeFd: number | undefined;
  readonly #cell = new Int32Array(new SharedArrayBuffer(4));

  constructor(wakeFd?: number) {
    this.#wakeFd = wakeFd;
  }

  /**
   * Waits until a request has events or `timeout` nanoseconds are over (for ever without one). Returns the
   * events of each request, all 0 after the time.
   *
   * @throws GuestInterrupted when woken
   */
  wait(requests: readonly PollRequest[], timeout?: bigint): number[] {
    if (requests.length === 0 && this.#wakeFd === undefined) {
      // Interruptible by terminating the thread, and in no need of system calls of ours.
      Atomics.wait(this.#cell, 0, 0, timeout === undefined ? undefined : Number(timeout) / 1e6);
      return [];
    }
    const deadline = timeout === undefined ? undefined : process.hrtime.bigint() + timeout;
    for (;;) {
      const left = deadline === undefined ? undefined : bigMax(deadline - process.hrtime.bigint(), 0n);
      const events = this.#once(requests, left);
      if (events.some((event) => event !== 0) || (left !== undefined && left === 0n)) return events;
    }
  }

  /** Waits until one descriptor can be read or written, has failed, or has lost its other side. */
  ready(fd: number, events: number): number {
    return this.wait([{ fd, events }])[0] ?? 0;
  }

  #once(requests: readonly PollRequest[], left: bigint | undefined): number[] {
    if (this.#wakeFd === undefined) {
      return poll(requests, left === undefined || left > SLICE ? SLICE : left);
    }
    const events = poll([...requests, { fd: this.#wakeFd, events: Poll.in }], left);
    if (events.pop() !== 0) throw new GuestInterrupted();
    return events;
  }
}

function bigMax(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
