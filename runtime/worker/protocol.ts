import type { MessagePort } from 'node:worker_threads';
import type { Ledger } from '#runtime/wasi/ledger.ts';
import type { GuestResult, GuestSpec, WorkerRequest } from './guest.ts';

/**
 * What the main thread and a guest thread say to each other, over a port of their own that the thread gets
 * with its first message, `ThreadData`:
 *
 * ```
 * main                                  guest thread
 *  │ ◀───────────────────────────── ready ─ │
 *  │ ── load [guests] ────────────────────▶ │
 *  │ ◀──────────────────── loaded {guest} ─ │  or with a problem
 *  │ ── calls [{slot, guest, request}…] ──▶ │  all requests of one loop turn
 *  │ ◀────── answers [{slot, result}…] ──── │  together, but soon
 * ```
 *
 * Whether a call has begun, and whether it may still be taken back, is said by `CallWords`, which both sides
 * see even while the guest thread is busy.
 */
export interface ThreadData {
  readonly port: MessagePort;
  readonly words: SharedArrayBuffer;
  /** Where the thread writes down the descriptors it opens. */
  readonly ledger: Ledger;
  /** Guests are known by their index here. */
  readonly specs: readonly GuestSpec[];
  /** File URL of a module with `loadGuest(spec)`; undefined for the languages built in. */
  readonly loader: string | undefined;
}

export interface Call {
  readonly slot: number;
  /** Tells this call from an earlier one in the same slot. */
  readonly sequence: number;
  readonly guest: number;
  /** This guest has stalled a thread before. */
  readonly mayStall: boolean;
  readonly request: WorkerRequest;
}

export interface Answer {
  readonly slot: number;
  readonly sequence: number;
  readonly result: GuestResult;
}

export type ToThread =
  | { readonly type: 'load'; readonly guests: readonly number[] }
  | { readonly type: 'calls'; readonly calls: readonly Call[] };

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'loaded'; readonly guest: number; readonly problem: string | undefined }
  | { readonly type: 'answers'; readonly answers: readonly Answer[] };
