import type { Observer, RequestOutcome, RequestReport, RuntimeEvent } from '#runtime/telemetry/telemetry.ts';

/** What became of a worker's requests since the panel was opened. */
export interface WorkerCounts {
  readonly requests: number;
  readonly outcomes: Readonly<Partial<Record<RequestOutcome, number>>>;
  /** Milliseconds of all requests together, and of the slowest. */
  readonly totalMs: number;
  readonly slowestMs: number;
  /** How often it met each of its limits. */
  readonly limits: Readonly<Record<string, number>>;
  readonly outbound: Readonly<Record<'answered' | 'refused' | 'failed', number>>;
}

interface Counting {
  requests: number;
  outcomes: Partial<Record<RequestOutcome, number>>;
  totalMs: number;
  slowestMs: number;
  limits: Record<string, number>;
  outbound: Record<'answered' | 'refused' | 'failed', number>;
}

/** Counts by worker: there are as many as the project ever had. */
export class CountsByWorker implements Observer {
  readonly #workers = new Map<string, Counting>();

  of(worker: string): WorkerCounts {
    return this.#workers.get(worker) ?? none();
  }

  request({ worker, outcome, timings: { total } }: RequestReport): void {
    if (worker === undefined) return;
    const counts = this.#counting(worker);
    counts.requests += 1;
    counts.outcomes[outcome] = (counts.outcomes[outcome] ?? 0) + 1;
    counts.totalMs += total;
    counts.slowestMs = Math.max(counts.slowestMs, total);
  }

  event(event: RuntimeEvent): void {
    if (event.worker === undefined) return;
    if (event.kind === 'limit') {
      const { limits } = this.#counting(event.worker);
      limits[event.limit] = (limits[event.limit] ?? 0) + 1;
    } else if (event.kind === 'outbound') {
      this.#counting(event.worker).outbound[event.outcome] += 1;
    }
  }

  #counting(worker: string): Counting {
    let counts = this.#workers.get(worker);
    if (counts === undefined) {
      counts = none();
      this.#workers.set(worker, counts);
    }
    return counts;
  }
}

function none(): Counting {
  const outbound = { answered: 0, refused: 0, failed: 0 };
  return { requests: 0, outcomes: {}, totalMs: 0, slowestMs: 0, limits: {}, outbound };
}
