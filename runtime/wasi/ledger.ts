/**
 * Which descriptors of the process a guest thread has opened, in memory it shares with the thread that may
 * terminate it: a terminated thread closes nothing, and a guest that is stopped again and again would use up
 * the descriptors of the whole process.
 */
export interface Ledger {
  /** Hand it over in a thread's `workerData`. */
  readonly shared: SharedArrayBuffer;
}

/** More than one guest may hold (`GuestLimits.descriptors`), with those a host call opens for its own use. */
const SLOTS = 1024;

export function createLedger(): Ledger {
  return { shared: new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT) };
}

/** What a thread writes to: each slot is 0, or a descriptor plus 1. Threads without a ledger write to nobody. */
let slots = new Int32Array(new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT));
const slotOf = new Map<number, number>();

/** Makes this thread write its descriptors here. Called once, before the first guest. */
export function keepLedger(ledger: Ledger): void {
  slots = new Int32Array(ledger.shared);
}

/**
 * Opens a descriptor by `open` and writes it down. Nothing comes in between that could end the thread: the
 * engine looks for termination at calls and loops of JavaScript only.
 */
export function recordOpen(open: () => bigint): number {
  const slot = slots.indexOf(0);
  const fd = Number(open());
  if (fd >= 0) {
    slots[slot] = fd + 1;
    slotOf.set(fd, slot);
  }
  return fd;
}

/** Strikes a descriptor out: after that, whoever closes it must. */
export function recordClose(fd: number): void {
  const slot = slotOf.get(fd);
  if (slot === undefined) return;
  slots[slot] = 0;
  slotOf.delete(fd);
}

/** The descriptors that a terminated thread has left open; each is reported once. */
export function takeLeftOpen(ledger: Ledger): number[] {
  const left = new Int32Array(ledger.shared);
  const fds = [...left].filter((slot) => slot !== 0).map((slot) => slot - 1);
  left.fill(0);
  return fds;
}
