import type { MessagePort } from 'node:worker_threads';
import type { Ledger } from '#runtime/wasi/ledger.ts';
import type { AnswerBatch } from './answer-batch.ts';
import type { CallBatch, CallPlace } from './call-batch.ts';
import type { GuestRest, GuestSpec } from './guest.ts';
import type { HostServiceName } from './host-calls.ts';
import type { SourceFile } from './source-file.ts';

/**
 * What the main thread and a guest thread say to each other, over a port of their own that the thread gets
 * with its first message, `ThreadData`:
 *
 * ```
 * main                                  guest thread
 *  │ ◀───────────────────────────── ready ─ │
 *  │ ── load [guests] ────────────────────▶ │
 *  │ ◀─────────────────── source {source} ─ │  each file that a guest is loaded from beside its own
 *  │ ◀──────────────────── loaded {guest} ─ │  or with a problem
 *  │ ── calls [{slot, guest, request}…] ──▶ │  all requests of one loop turn
 *  │ ◀────── ask {slot, service, request} ─ │  a call that waits for the host; others run meanwhile
 *  │ ── told {slot, reply} ───────────────▶ │  or with a problem
 *  │ ── stop {slot, reason} ──────────────▶ │  it has waited too long: it gets no replies any more
 *  │ ◀────────────────────── waits {slot} ─ │  for a timer: the call asks nothing, but keeps nobody busy
 *  │ ◀────── answers [{slot, result}…] ──── │  together, but soon
 *  │ ◀─────────────── over {slot, stderr} ─ │  a call that went on after its answer is over
 * ```
 *
 * A body that is sent as it is made comes by the same questions, of the service `body`, which are answered when it
 * was taken (`body-relay.ts`):
 *
 * ```
 *  │ ◀────── answers [{slot, streams: true, …}] ─ │  the head, and the first bytes
 *  │ ◀── ask {slot, body: watch} ───────────────── │  told when nobody reads any more
 *  │ ◀── ask {slot, body: bytes} ───────────────── │  told when there is room for more
 *  │ ◀── ask {slot, body: end} ─────────────────── │
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
  /** The descriptor of `/proc/self/pagemap`, where the process holds it open. */
  readonly pagemap: number | undefined;
  /** Guests are known by their index here. */
  readonly specs: readonly GuestSpec[];
  /** File URL of a module with `loadGuest(spec)`; undefined for the languages built in. */
  readonly loader: string | undefined;
  /** Header lines an answer may have. */
  readonly answerHeaders: number;
}

export interface Ask extends CallPlace {
  readonly type: 'ask';
  /** Tells the questions of one call apart. */
  readonly id: number;
  readonly service: HostServiceName;
  readonly request: unknown;
}

export interface Told extends CallPlace {
  readonly type: 'told';
  readonly id: number;
  readonly reply?: unknown;
  /** Why there is no reply. */
  readonly problem?: string;
}

export interface Stop extends CallPlace {
  readonly type: 'stop';
  readonly reason: string;
}

export interface Waits extends CallPlace {
  readonly type: 'waits';
}

export interface Over extends CallPlace {
  readonly type: 'over';
  readonly rest: GuestRest;
}

export type ToThread =
  | { readonly type: 'load'; readonly guests: readonly number[] }
  | { readonly type: 'calls'; readonly calls: CallBatch }
  | Told
  | Stop;

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'source'; readonly source: SourceFile }
  | { readonly type: 'loaded'; readonly guest: number; readonly problem: string | undefined }
  | { readonly type: 'answers'; readonly answers: AnswerBatch }
  | Ask
  | Waits
  | Over;
