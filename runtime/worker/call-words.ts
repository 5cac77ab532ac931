/** Calls one thread may hold at a time, most of them waiting for the host. */
export const SLOTS = 4096;

/** Word 0 is for loading; slots follow. */
const FIRST_SLOT = 1;

/** Marks the sequence of a call that waits for the host. */
const WAITING = 0x4000_0000;

/** The largest sequence, so that `WAITING` can be told from it. */
export const MAX_SEQUENCE = 0x3fff_ffff;

/**
 * The state of each call of one thread, in memory that both sides share. A slot holds:
 *
 * ```
 *  sequence            offered: the thread may begin it, main may withdraw it; whoever is first has it
 * -sequence            running
 *  sequence | WAITING  begun, and waiting for the host
 *  0                   none of these
 * ```
 */
export class CallWords {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer((FIRST_SLOT + SLOTS) * 4)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  offer(slot: number, sequence: number): void {
    Atomics.store(this.#words, FIRST_SLOT + slot, sequence);
  }

  /** True when the call will never run. */
  withdraw(slot: number, sequence: number): boolean {
    return Atomics.compareExchange(this.#words, FIRST_SLOT + slot, sequence, 0) === sequence;
  }

  /** True when the call is still wanted. */
  begin(slot: number, sequence: number): boolean {
    return Atomics.compareExchange(this.#words, FIRST_SLOT + slot, sequence, -sequence) === sequence;
  }

  /** For a call that has begun. */
  wait(slot: number, sequence: number): void {
    Atomics.store(this.#words, FIRST_SLOT + slot, sequence | WAITING);
  }

  /** For a call that has begun. */
  resume(slot: number, sequence: number): void {
    Atomics.store(this.#words, FIRST_SLOT + slot, -sequence);
  }

  end(slot: number): void {
    Atomics.store(this.#words, FIRST_SLOT + slot, 0);
  }

  isRunning(slot: number, sequence: number): boolean {
    return Atomics.load(this.#words, FIRST_SLOT + slot) === -sequence;
  }

  isWaiting(slot: number, sequence: number): boolean {
    return Atomics.load(this.#words, FIRST_SLOT + slot) === (sequence | WAITING);
  }

  /** It ran to its end, whether or not the answer is here yet. Only to be asked of a call that was offered. */
  isDone(slot: number): boolean {
    return Atomics.load(this.#words, FIRST_SLOT + slot) === 0;
  }

  /** The guest a thread is loading. */
  get loading(): number | undefined {
    const word = Atomics.load(this.#words, 0);
    return word === 0 ? undefined : word - 1;
  }

  set loading(guest: number | undefined) {
    Atomics.store(this.#words, 0, guest === undefined ? 0 : guest + 1);
  }
}
