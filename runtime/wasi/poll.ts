import { fstatSync } from 'node:fs';
import { Clock, type Clocks } from './clocks.ts';
import { Errno, errnoOf, WasiError } from './errno.ts';
import type { FdTable, FileDescriptor } from './fd-table.ts';
import { lseek, Poll, type PollRequest } from './kernel.ts';
import type { GuestMemory } from './memory-view.ts';
import type { Preview1 } from './preview1.ts';
import { Right } from './rights.ts';
import { Filetype } from './stream.ts';
import type { Waiter } from './wait.ts';

/** `wasi_snapshot_preview1.eventtype`. */
const EventType = { clock: 0, fdRead: 1, fdWrite: 2 } as const;
const SUBSCRIPTION_SIZE = 48;
const EVENT_SIZE = 32;
const ABSOLUTE_TIME = 1;
const HANG_UP = 1;

/** Subscriptions in one call; more are `inval`. */
const MAXIMUM_SUBSCRIPTIONS = 4096;

interface Outcome {
  readonly errno: number;
  readonly bytes: bigint;
  readonly hangUp: boolean;
}

const happened: Outcome = { errno: 0, bytes: 0n, hangUp: false };

/** What a subscription waits for: nothing any more, a moment of the monotonic clock, or a descriptor. */
type Wait =
  | { readonly kind: 'ready'; readonly outcome: Outcome }
  | { readonly kind: 'time'; readonly deadline: bigint }
  | { readonly kind: 'fd'; readonly request: PollRequest };

interface Subscription {
  readonly userdata: bigint;
  readonly type: number;
  readonly wait: Wait;
}

export function pollFunctions(
  memory: GuestMemory,
  fds: FdTable,
  clocks: Clocks,
  waiter: Waiter,
): Pick<Preview1, 'poll_oneoff'> {
  const fdWait = (at: number, type: number): Wait => {
    const reading = type === EventType.fdRead;
    const fd = memory.u32(at + 16);
    const entry = fds.need(fd, Right.pollFdReadwrite);
    if (entry.kind !== 'directory') fds.need(fd, reading ? Right.fdRead : Right.fdWrite, 'badf');
    const events = reading ? Poll.in : Poll.out;
    if (entry.kind === 'stream') {
      const { pollable, available } = entry.stream;
      if (pollable !== undefined) return { kind: 'fd', request: { fd: pollable, events } };
      return { kind: 'ready', outcome: { ...happened, bytes: BigInt(reading ? (available ?? 0) : 0) } };
    }
    // A fifo can make one wait; regular files and directories are always ready.
    if (entry.kind === 'file' && entry.filetype !== Filetype.regularFile) {
      return { kind: 'fd', request: { fd: entry.hostFd, events } };
    }
    const bytes = entry.kind === 'file' && reading ? bytesLeft(entry) : 0n;
    return { kind: 'ready', outcome: { ...happened, bytes } };
  };

  const clockWait = (at: number): Wait => {
    const clock = memory.u32(at + 16);
    const timeout = memory.u64(at + 24);
    const flags = memory.u16(at + 40);
    if (clock > Clock.threadCpu || (flags & ~ABSOLUTE_TIME) !== 0) throw new WasiError('inval');
    // Nothing wakes a guest when its own processor time has come.
    if (clock !== Clock.realtime && clock !== Clock.monotonic) throw new WasiError('notsup');
    const left = flags === ABSOLUTE_TIME ? timeout - clocks.now(clock) : timeout;
    return { kind: 'time', deadline: process.hrtime.bigint() + left };
  };

  const subscription = (at: number): Subscription => {
    const userdata = memory.u64(at);
    const type = memory.u8(at + 8);
    if (type > EventType.fdWrite) throw new WasiError('inval');
    try {
      return { userdata, type, wait: type === EventType.clock ? clockWait(at) : fdWait(at, type) };
    } catch (error) {
      // One bad subscription is its own event, not the failure of all.
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      return { userdata, type, wait: { kind: 'ready', outcome: { ...happened, errno } } };
    }
  };

  const storeEvent = (at: number, { userdata, type }: Subscription, outcome: Outcome): void => {
    memory.bytes(at, EVENT_SIZE).fill(0);
    memory.setU64(at, userdata);
    memory.setU16(at + 8, outcome.errno);
    memory.setU8(at + 10, type);
    memory.setU64(at + 16, outcome.bytes);
    memory.setU16(at + 24, outcome.hangUp ? HANG_UP : 0);
  };

  return {
    poll_oneoff: (subscriptions, events, count, result) => {
      const total = count >>> 0;
      if (total === 0 || total > MAXIMUM_SUBSCRIPTIONS) throw new WasiError('inval');
      memory.bytes(subscriptions, total * SUBSCRIPTION_SIZE);
      memory.bytes(events, total * EVENT_SIZE);
      const list = Array.from({ length: total }, (_, i) =>
        subscription((subscriptions >>> 0) + SUBSCRIPTION_SIZE * i),
      );
      const outcomes = waitForAny(list, waiter);
      let stored = 0;
      list.forEach((entry, i) => {
        const outcome = outcomes[i];
        if (outcome === undefined) return;
        storeEvent((events >>> 0) + EVENT_SIZE * stored, entry, outcome);
        stored += 1;
      });
      memory.setU32(result, stored);
    },
  };
}

/** The outcome of each subscription, undefined for those that still wait; at least one does not. */
function waitForAny(list: readonly Subscription[], waiter: Waiter): (Outcome | undefined)[] {
  const requests = list.flatMap(({ wait }) => (wait.kind === 'fd' ? [wait.request] : []));
  const deadlines = list.flatMap(({ wait }) => (wait.kind === 'time' ? [wait.deadline] : []));
  const ready = list.some(({ wait }) => wait.kind === 'ready');
  const first = deadlines.reduce<bigint | undefined>(
    (least, deadline) => (least === undefined || deadline < least ? deadline : least),
    undefined,
  );
  for (;;) {
    const now = process.hrtime.bigint();
    const left = first === undefined ? undefined : first > now ? first - now : 0n;
    const fired = waiter.wait(requests, ready ? 0n : left);
    const later = process.hrtime.bigint();
    let fdIndex = 0;
    const outcomes = list.map(({ wait }) => {
      if (wait.kind === 'ready') return wait.outcome;
      if (wait.kind === 'time') return wait.deadline <= later ? happened : undefined;
      return fdOutcome(fired[fdIndex++] ?? 0);
    });
    // A wait may end a little early; then nothing has happened yet.
    if (outcomes.some((outcome) => outcome !== undefined)) return outcomes;
  }
}

/** Between the position and the end of a regular file. */
function bytesLeft({ hostFd }: FileDescriptor): bigint {
  const left = fstatSync(hostFd, { bigint: true }).size - lseek(hostFd, 0n, 1);
  return left > 0n ? left : 0n;
}

function fdOutcome(events: number): Outcome | undefined {
  if (events === 0) return undefined;
  if ((events & Poll.invalid) !== 0) return { ...happened, errno: Errno.badf };
  // How many bytes are there is not asked; 1 says "some", and libc's poll looks no further.
  const hangUp = (events & Poll.hangUp) !== 0;
  return { ...happened, bytes: (events & Poll.in) !== 0 ? 1n : 0n, hangUp };
}
