import { BodyRelay } from './body-relay.ts';
import type { WorkerRequest, WorkerResponse } from './guest.ts';
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
  /** Made for the few whose body is sent as it is made. */
  #body: BodyRelay | undefined;

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

  get body(): BodyRelay {
    this.#body ??= new BodyRelay();
    return this.#body;
  }

  /** The rest of an answer's body, where there is more of it to come. */
  bodyOf({ streams }: WorkerResponse): { readonly rest?: BodyRelay } {
    return streams === true ? { rest: this.body } : {};
  }

  /** There is no more of the body, if there was to be, for the reason given. */
  endBody(problem: string): void {
    this.#body?.end(problem);
  }

  get isSettled(): boolean {
    return this.#settled !== undefined;
  }

  settle(outcome: Outcome): void {
    if (this.#settled !== undefined) return;
    this.#settled = outcome;
    this.#owner.ended(this);
    // A body that was begun, of an answer that is not to be sent.
    if (!('rest' in outcome)) this.#body?.cancel();
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
