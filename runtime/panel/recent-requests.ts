import type { Observer, RequestOutcome, RequestReport, Timings } from '#runtime/telemetry/telemetry.ts';
import { cut, maskTarget } from './mask.ts';

/** Requests that are kept, whole reports of at most some kilobytes each. */
export const KEPT_REQUESTS = 500;

const METHOD_CHARACTERS = 32;
const PROBLEM_CHARACTERS = 1_024;
const SAID_CHARACTERS = 2_048;

/** A request that is over, without headers, body and values of parameters. */
export interface RecentRequest {
  /** Counts up by one; where to go on from. */
  readonly cursor: number;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly method: string;
  readonly target: string;
  readonly route: string | null;
  readonly worker: string | null;
  readonly status: number;
  readonly bytes: number;
  readonly outcome: RequestOutcome;
  readonly timings: Timings;
  readonly problem: string | null;
  readonly said: string;
}

export interface RequestPage {
  /** To ask with for what comes after. */
  readonly cursor: number;
  /** Requests after the one asked with that are kept no more. */
  readonly missed: number;
  /** Oldest first. */
  readonly requests: readonly RecentRequest[];
}

/** Keeps the last requests. */
export class RecentRequests implements Observer {
  readonly #ring: RecentRequest[] = [];
  readonly #capacity: number;
  #last = 0;

  constructor(capacity: number = KEPT_REQUESTS) {
    this.#capacity = capacity;
  }

  request(report: RequestReport): void {
    this.#last += 1;
    this.#ring[(this.#last - 1) % this.#capacity] = keptOf(report, this.#last);
  }

  /** Those after `cursor`, or after any for 0; the oldest of them are left out where there are more than `most`. */
  after(cursor: number, most: number): RequestPage {
    // A cursor from the future is of an earlier process.
    const from = cursor > this.#last ? 0 : cursor;
    const first = Math.max(from, this.#last - Math.min(this.#capacity, most));
    const requests: RecentRequest[] = [];
    for (let at = first; at < this.#last; at += 1) {
      const request = this.#ring[at % this.#capacity];
      if (request !== undefined) requests.push(request);
    }
    return { cursor: this.#last, missed: first - from, requests };
  }
}

/** Nothing more is kept than may be shown. */
function keptOf(report: RequestReport, cursor: number): RecentRequest {
  const { id, began, route, worker, status, bytes, outcome, timings, problem } = report;
  return {
    cursor,
    id,
    began,
    method: cut(report.method, METHOD_CHARACTERS),
    target: maskTarget(report.target),
    route: route ?? null,
    worker: worker ?? null,
    status,
    bytes,
    outcome,
    timings,
    problem: problem === undefined ? null : cut(problem, PROBLEM_CHARACTERS),
    said: cut(report.said, SAID_CHARACTERS),
  };
}
