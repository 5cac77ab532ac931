import type { WorkerRequest, WorkerResponse } from './guest.ts';

/** How a request to a worker ended. `ranMs`: since a thread took it on, waiting for the host included; 0 when none did. */
export type Outcome = { readonly ranMs?: number } & (
  | { readonly kind: 'answered'; readonly response: WorkerResponse; readonly stderr: Uint8Array }
  | { readonly kind: 'failed'; readonly reason: string; readonly stderr: Uint8Array }
  /** Stopped for the time it took. */
  | { readonly kind: 'timeout'; readonly reason: string }
  /** Never begun, or lost through no fault of its own: it may be sent again. */
  | { readonly kind: 'overloaded'; readonly reason: string }
);

export interface Ticket {
  /** Never rejects. */
  readonly outcome: Promise<Outcome>;
  /** Nobody waits any more: a request that has not begun is dropped. */
  cancel(): void;
}

/** Runs requests on guests; a guest is known by its index in the list the runner was made with. */
export interface GuestRunner {
  run(guest: number, request: WorkerRequest): Ticket;
}
