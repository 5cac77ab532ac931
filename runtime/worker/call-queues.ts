import type { PendingCall } from './pending-call.ts';

/** One queue per guest, served in turn: a busy worker does not hold up a quiet one. */
export class CallQueues {
  readonly #queues = new Map<number, PendingCall[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(call: PendingCall): void {
    this.#queueOf(call.guest).push(call);
    this.#size += 1;
  }

  /** Puts a call back to where it came from. */
  unshift(call: PendingCall): void {
    this.#queueOf(call.guest).unshift(call);
    this.#size += 1;
  }

  shift(guest: number): PendingCall | undefined {
    const queue = this.#queues.get(guest);
    const call = queue?.shift();
    if (call !== undefined) this.#size -= 1;
    if (queue?.length === 0) this.#queues.delete(guest);
    return call;
  }

  /** False when it does not wait here. */
  remove(call: PendingCall): boolean {
    const queue = this.#queues.get(call.guest);
    const index = queue?.indexOf(call) ?? -1;
    if (queue === undefined || index === -1) return false;
    queue.splice(index, 1);
    this.#size -= 1;
    if (queue.length === 0) this.#queues.delete(call.guest);
    return true;
  }

  /** Empties one guest's queue, or all. */
  clear(guest?: number): PendingCall[] {
    const guests = guest === undefined ? [...this.#queues.keys()] : [guest];
    const calls = guests.flatMap((one) => this.#queues.get(one) ?? []);
    for (const one of guests) this.#queues.delete(one);
    this.#size -= calls.length;
    return calls;
  }

  /**
   * Guests with waiting calls, each once per round, round after round while calls are taken. A round in
   * which nothing was taken is the last.
   */
  *guests(): Generator<number> {
    for (let before = -1; this.#size > 0 && this.#size !== before; ) {
      before = this.#size;
      yield* [...this.#queues.keys()];
    }
  }

  #queueOf(guest: number): PendingCall[] {
    let queue = this.#queues.get(guest);
    if (queue === undefined) {
      queue = [];
      this.#queues.set(guest, queue);
    }
    return queue;
  }
}
