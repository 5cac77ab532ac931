import type { LimitName } from '#runtime/settings.ts';
import type { WorkerLimitName } from '#runtime/worker-limits.ts';

/** By whom a request was answered, or why it was not. */
export type RequestOutcome =
  | 'answered'
  /** With a file of `public/`. */
  | 'file'
  | 'not-found'
  /** A browser was told what it may ask. */
  | 'preflight'
  /** By the server itself, before any worker or file was looked for. */
  | 'refused'
  | 'failed'
  | 'timeout'
  | 'overloaded'
  /** The K/V store did not answer. */
  | 'unavailable'
  /** The client went away before there was an answer. */
  | 'gone'
  /** Something of the server's own is broken. */
  | 'internal';

/** Where a request's time went, one after the other, in milliseconds; what is left of the total is sending. */
export interface Timings {
  /** Until its body was there. */
  readonly body: number;
  /** Until a thread took it on. */
  readonly queued: number;
  /** In its worker, waiting for the host included. */
  readonly ran: number;
  readonly total: number;
}

/** A request that is over. */
export interface RequestReport {
  readonly id: string;
  /** When its headers had come, in milliseconds since 1970. */
  readonly began: number;
  readonly method: string;
  /** As the client sent it, query included. */
  readonly target: string;
  /** The route that was found and the worker behind it, as people know them. */
  readonly route: string | undefined;
  readonly worker: string | undefined;
  readonly status: number;
  /** Of the body that was sent. */
  readonly bytes: number;
  readonly outcome: RequestOutcome;
  readonly timings: Timings;
  /** Why there is no answer of the worker. */
  readonly problem: string | undefined;
  /** The beginning of what the worker printed, at most `SAID_BYTES`. */
  readonly said: string;
}

/** Of what a worker printed, this much goes into the report; all of it is in the log. */
export const SAID_BYTES = 2_048;

/** Something happened that somebody may want to count. Workers are called by their names. */
export type RuntimeEvent =
  /** A bound was met: of the server, or of one worker. */
  | {
      readonly kind: 'limit';
      readonly limit: LimitName | WorkerLimitName;
      readonly worker: string | undefined;
    }
  /** A guest thread was started, or ended for a worker's sake. */
  | { readonly kind: 'thread'; readonly what: ThreadEvent; readonly worker: string | undefined }
  /** A worker's own request; `status` is undefined when there was no answer. */
  | {
      readonly kind: 'outbound';
      readonly worker: string;
      readonly outcome: 'answered' | 'refused' | 'failed';
      readonly status: number | undefined;
      readonly milliseconds: number;
    }
  | {
      readonly kind: 'kv';
      readonly worker: string;
      readonly operation: 'read' | 'write';
      readonly ok: boolean;
      readonly milliseconds: number;
    };

export type ThreadEvent = 'started' | 'timeout' | 'load-timeout' | 'died';

/** Must not throw: it is called in the middle of a request. */
export interface Observer {
  request?(report: RequestReport): void;
  event?(event: RuntimeEvent): void;
}

/**
 * Tells whoever wants to know what happens in a running project. Without an observer nothing is made up:
 * `isObserved` says whether it is worth the effort.
 */
export class Telemetry {
  #observers: readonly Observer[] = [];

  get isObserved(): boolean {
    return this.#observers.length > 0;
  }

  /** Answers what ends it. */
  observe(observer: Observer): () => void {
    this.#observers = [...this.#observers, observer];
    return () => {
      this.#observers = this.#observers.filter((one) => one !== observer);
    };
  }

  request(report: RequestReport): void {
    for (const observer of this.#observers) observer.request?.(report);
  }

  event(event: RuntimeEvent): void {
    for (const observer of this.#observers) observer.event?.(event);
  }

  /** For the most frequent event. */
  limit(limit: LimitName | WorkerLimitName, worker?: string): void {
    if (this.isObserved) this.event({ kind: 'limit', limit, worker });
  }
}
