import type { WorkerRequest } from './guest.ts';
import type { Outcome, Ticket } from './outcome.ts';

/** Who has to do with calls as long as they are open. */
export interface CallOwner {
  /** Called once for each call, before anybody else hears of its outcome. */
  ended(call: PendingCall): void;
  /** Nobody waits for it any more. */
  cancelled(call: PendingCall): void;
}

/** A request on its way to a guest. It ends once; whatever is said later is not heard. */
export class PendingCall implements Ticket {
  readonly guest: number;
  readonly request: WorkerRequest;
  /** Threads that died while they held this call. */
  deaths = 0;
  readonly #owner: CallOwner;
  readonly #heard: ((outcome: Outcome) => void) | undefined;
  #settled: Outcome | undefined;
  /** Made for those who ask for it. */
  #later: PromiseWithResolvers<Outcome> | undefined;

  constructor(owner: CallOwner, guest: number, request: WorkerRequest, heard?: (outcome: Outcome) => void) {
    this.#owner = owner;
    this.guest = guest;
    this.request = request;
    this.#heard = heard;
  }

  get outcome(): Promise<Outcome> {
    if (this.#later === undefined) {
      this.#later = Promise.withResolvers();
      if (this.#settled !== undefined) this.#later.resolve(this.#settled);
    }
    return this.#later.promise;
  }

  get isSettled(): boolean {
    return this.#settled !== undefined;
  }

  settle(outcome: Outcome): void {
    if (this.#settled !== undefined) return;
    this.#settled = outcome;
    this.#owner.ended(this);
    this.#heard?.(outcome);
    this.#later?.resolve(outcome);
  }

  fail(reason: string): void {
    this.settle({ kind: 'failed', reason, stderr: new Uint8Array() });
  }

  cancel(): void {
    if (!this.isSettled) this.#owner.cancelled(this);
  }
}
