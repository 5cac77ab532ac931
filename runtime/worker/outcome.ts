import type { WorkerLimitName } from '#runtime/worker-limits.ts';
import type { BodyRelay } from './body-relay.ts';
import type { WorkerRequest, WorkerResponse } from './guest.ts';

export interface CallFacts {
  /** Milliseconds since a thread took it on, waiting for the host included; absent when none did. */
  readonly ranMs?: number;
  /** Limits of the worker that were met. */
  readonly limits?: readonly WorkerLimitName[];
}

/** How a request to a worker ended. */
export type Outcome = CallFacts &
  (
    | {
        readonly kind: 'answered';
        readonly response: WorkerResponse;
        readonly stderr: Uint8Array;
        /** Brings what follows of the body. Whoever does not attach to it has to cancel it. */
        readonly rest?: BodyRelay;
      }
    | { readonly kind: 'failed'; readonly reason: string; readonly stderr: Uint8Array }
    /** Stopped for the time it took. */
    | { readonly kind: 'timeout'; readonly reason: string }
    /** Never begun, or lost through no fault of its own: it may be sent again. */
    | { readonly kind: 'overloaded'; readonly reason: string }
    /** What it needs is not there: the store, which says so itself. */
    | { readonly kind: 'unavailable'; readonly reason: string; readonly stderr: Uint8Array }
  );

export interface Ticket {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Nobody waits any more: a request that has not begun is dropped. */
  cancel(): void;
}

/** Runs requests on guests; a guest is known by its index in the list the runner was made with. */
export interface GuestRunner {
  /** `heard` is told the outcome as well, and without a promise on the way. It must not throw. */
  run(guest: number, request: WorkerRequest, heard?: (outcome: Outcome) => void): Ticket;
}
