import type { PendingCall } from './pending-call.ts';

/** One queue per guest, served in turn: a busy worker does not hold up a quiet one. */
export class CallQueues {
  /** By guest; one that is empty is kept, and used again. */
  readonly #queues: (PendingCall[] | undefined)[] = [];
  /** Guests with waiting calls, the one that has waited longest first. */
  readonly #busy: number[] = [];
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
    const queue = this.#queues[guest];
    const call = queue?.shift();
    if (call === undefined) return undefined;
    this.#size -= 1;
    if (queue?.length === 0) this.#rest(guest);
    return call;
  }

  /** False when it does not wait here. */
  remove(call: PendingCall): boolean {
    const queue = this.#queues[call.guest];
    const index = queue?.indexOf(call) ?? -1;
    if (queue === undefined || index === -1) return false;
    queue.splice(index, 1);
    this.#size -= 1;
    if (queue.length === 0) this.#rest(call.guest);
    return true;
  }

  /** Empties one guest's queue, or all. */
  clear(guest?: number): PendingCall[] {
    const guests = this.#busy.filter((one) => guest === undefined || one === guest);
    const calls = guests.flatMap((one) => this.#queues[one]?.splice(0) ?? []);
    for (const one of guests) this.#rest(one);
    this.#size -= calls.length;
    return calls;
  }

  /**
   * Asks for each guest with waiting calls whether one of them is taken, each once per round, round after round while
   * calls are taken: `take` does so by `shift`, and answers whether it has.
   */
  serve(take: (guest: number) => boolean): void {
    for (let hasTaken = true; hasTaken && this.#size > 0; ) {
      hasTaken = false;
      const [first, second] = this.#busy;
      // Most often it is one alone, which needs no list.
      if (first !== undefined && second === undefined) hasTaken = take(first);
      else for (const guest of [...this.#busy]) hasTaken = take(guest) || hasTaken;
    }
  }

  /** The guest's queue, which is about to have a call. */
  #queueOf(guest: number): PendingCall[] {
    let queue = this.#queues[guest];
    if (queue === undefined) {
      queue = [];
      this.#queues[guest] = queue;
    }
    if (queue.length === 0) this.#busy.push(guest);
    return queue;
  }

  /** Nothing waits for it any more. */
  #rest(guest: number): void {
    this.#busy.splice(this.#busy.indexOf(guest), 1);
  }
}
