import type { WorkerRequest } from './guest.ts';
import type { Outcome } from './outcome.ts';

/** A request on its way to a guest. It ends once; whatever is said later is not heard. */
export class PendingCall {
  readonly guest: number;
  readonly request: WorkerRequest;
  readonly outcome: Promise<Outcome>;
  /** Threads that died while they held this call. */
  deaths = 0;
  #isSettled = false;
  readonly #onEnd: () => void;
  readonly #resolve: (outcome: Outcome) => void;

  /** `onEnd` is called once, at once. */
  constructor(guest: number, request: WorkerRequest, onEnd: () => void) {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.guest = guest;
    this.request = request;
    this.outcome = promise;
    this.#resolve = resolve;
    this.#onEnd = onEnd;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  settle(outcome: Outcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#onEnd();
    this.#resolve(outcome);
  }

  fail(reason: string): void {
    this.settle({ kind: 'failed', reason, stderr: new Uint8Array() });
  }
}
