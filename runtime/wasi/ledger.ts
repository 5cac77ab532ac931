import { WasiError } from './errno.ts';

/**
 * Which descriptors of the process a guest thread has opened, in memory it shares with the thread that may
 * terminate it: a terminated thread closes nothing, and a guest that is stopped again and again would use up
 * the descriptors of the whole process.
 */
export interface Ledger {
  /** Hand it over in a thread's `workerData`. */
  readonly shared: SharedArrayBuffer;
}

/**
 * What the guests of one thread may have open together, with what host calls open for their own use: several hold
 * their files (`WorkerLimits.files`) while they wait for the host.
 */
const SLOTS = 4096;

/**
 * The word behind the slots keeps an end out of the moments in which a descriptor is open and not written
 * down, or struck out and not closed. Bits: the thread is in such a moment; somebody wants to end it.
 */
const GATE = SLOTS;
const BUSY = 1;
const WANTED = 2;

/** A thread that hangs in the kernel is ended all the same: it costs one descriptor at most. */
const SEAL_MS = 1_000;

const bytes = (SLOTS + 1) * Int32Array.BYTES_PER_ELEMENT;

export function createLedger(): Ledger {
  return { shared: new SharedArrayBuffer(bytes) };
}

/** What a thread writes to: each slot is 0, or a descriptor plus 1. Threads without a ledger write to nobody. */
let words = new Int32Array(new SharedArrayBuffer(bytes));
const slotOf = new Map<number, number>();
/** Slots from 0 on that have been in use, of which these are free again. */
let used = 0;
const free: number[] = [];

/** Makes this thread write its descriptors here. Called once, before the first guest. */
export function keepLedger(ledger: Ledger): void {
  words = new Int32Array(ledger.shared);
}

/** Opens a descriptor by `open` and writes it down; `mfile` where it could not be, since nobody would close it. */
export function recordOpen(open: () => bigint): number {
  if (free.length === 0 && used === SLOTS) throw new WasiError('mfile');
  return undisturbed(() => {
    const fd = Number(open());
    if (fd >= 0) {
      const slot = free.pop() ?? used++;
      words[slot] = fd + 1;
      slotOf.set(fd, slot);
    }
    return fd;
  });
}

/** Strikes a descriptor out and closes it by `close`. */
export function recordClose(fd: number, close: () => number): number {
  return undisturbed(() => {
    const slot = slotOf.get(fd);
    if (slot !== undefined) {
      // Struck out first: a number that is closed may be somebody else's already.
      words[slot] = 0;
      slotOf.delete(fd);
      free.push(slot);
    }
    return close();
  });
}

function undisturbed(run: () => number): number {
  // Whoever wants the end has the gate for good: wait for it.
  while (Atomics.compareExchange(words, GATE, 0, BUSY) !== 0) Atomics.wait(words, GATE, WANTED);
  try {
    return run();
  } finally {
    Atomics.and(words, GATE, ~BUSY);
    Atomics.notify(words, GATE);
  }
}

/** Resolves when the thread may be terminated: it opens and closes nothing any more. */
export async function sealLedger(ledger: Ledger): Promise<void> {
  const shared = new Int32Array(ledger.shared);
  if ((Atomics.or(shared, GATE, WANTED) & BUSY) === 0) return;
  await Atomics.waitAsync(shared, GATE, BUSY | WANTED, SEAL_MS).value;
}

/** The descriptors that a terminated thread has left open; each is reported once. */
export function takeLeftOpen(ledger: Ledger): number[] {
  const left = new Int32Array(ledger.shared, 0, SLOTS);
  const fds = [...left].filter((slot) => slot !== 0).map((slot) => slot - 1);
  left.fill(0);
  return fds;
}
