/** Calls one thread may hold at a time. */
export const SLOTS = 64;

/** Word 0 is for loading; slots follow. */
const FIRST_SLOT = 1;

/**
 * The state of each call of one thread, in memory that both sides share. A slot holds:
 *
 * ```
 *  sequence   offered: the thread may begin it, main may withdraw it; whoever is first has it
 * -sequence   running
 *  0          neither
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

  end(slot: number): void {
    Atomics.store(this.#words, FIRST_SLOT + slot, 0);
  }

  isRunning(slot: number, sequence: number): boolean {
    return Atomics.load(this.#words, FIRST_SLOT + slot) === -sequence;
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
