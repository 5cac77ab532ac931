import { SETTINGS } from '#runtime/settings.ts';
import { WORKER_LIMITS } from '#runtime/worker-limits.ts';
import { ExpositionWriter } from './exposition.ts';
import { writeProcess } from './process-metrics.ts';
import { CounterFamily, HistogramFamily } from './series.ts';
import type { Observer, RequestReport, RuntimeEvent } from './telemetry.ts';

/** Seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What is not counted but looked at when somebody asks. */
export interface RuntimeState {
  readonly threads: number;
  /** Calls that no thread has taken. */
  readonly waiting: number;
  /** Calls that wait or run, by the worker's name. */
  readonly open: Iterable<readonly [worker: string, calls: number]>;
  readonly connections: number;
  /** Log entries nobody read, since the start. */
  readonly droppedLogEntries: number;
}

/** Counts what happens in a running project. Series are told apart by workers, never by paths or clients. */
export class Metrics implements Observer {
  readonly #requests = new CounterFamily({
    name: 'wws_requests_total',
    help: 'Requests that are over, by worker, how they ended, and class of status.',
    labels: ['worker', 'outcome', 'class'],
  });
  readonly #durations = new HistogramFamily(
    {
      name: 'wws_request_duration_seconds',
      help: 'Time from the headers of a request to the end of its answer.',
      labels: ['worker'],
    },
    BUCKETS,
  );
  readonly #queued = new HistogramFamily(
    {
      name: 'wws_request_queue_seconds',
      help: 'Time a request waited for a thread.',
      labels: ['worker'],
    },
    BUCKETS,
  );
  readonly #bytes = new CounterFamily({
    name: 'wws_response_bytes_total',
    help: 'Bytes of bodies that were sent.',
    labels: ['worker'],
  });
  readonly #limits = new CounterFamily({
    name: 'wws_limit_hits_total',
    help: 'Times that a limit was met, by its name and the worker it belongs to.',
    labels: ['worker', 'limit'],
  });
  readonly #threads = new CounterFamily({
    name: 'wws_thread_events_total',
    help: 'Guest threads that were started, and those that were ended or died with a worker.',
    labels: ['worker', 'event'],
  });
  readonly #outbound = new CounterFamily({
    name: 'wws_outbound_requests_total',
    help: 'Requests of workers to others, by outcome and class of status.',
    labels: ['worker', 'outcome', 'class'],
  });
  readonly #outboundDurations = new HistogramFamily(
    {
      name: 'wws_outbound_request_duration_seconds',
      help: 'Time that requests of workers to others took.',
      labels: ['worker'],
    },
    BUCKETS,
  );
  readonly #kv = new CounterFamily({
    name: 'wws_kv_operations_total',
    help: 'Reads and writes of K/V stores.',
    labels: ['worker', 'operation', 'result'],
  });

  constructor() {
    // A limit that was never met is a zero, not a gap.
    for (const limit of [...Object.keys(WORKER_LIMITS), ...Object.keys(SETTINGS)])
      this.#limits.add(['', limit], 0);
  }

  request({ worker = '', outcome, status, bytes, timings }: RequestReport): void {
    this.#requests.add([worker, outcome, classOf(status)]);
    this.#durations.observe([worker], timings.total / 1000);
    this.#bytes.add([worker], bytes);
    if (timings.ran > 0) this.#queued.observe([worker], timings.queued / 1000);
  }

  event(event: RuntimeEvent): void {
    const { worker = '' } = event;
    switch (event.kind) {
      case 'limit':
        this.#limits.add([worker, event.limit]);
        break;
      case 'thread':
        this.#threads.add([worker, event.what]);
        break;
      case 'outbound':
        this.#outbound.add([worker, event.outcome, classOf(event.status)]);
        this.#outboundDurations.observe([worker], event.milliseconds / 1000);
        break;
      case 'kv':
        this.#kv.add([worker, event.operation, event.ok ? 'ok' : 'failed']);
        break;
    }
  }

  /** All of it, in the format of `EXPOSITION_TYPE`. */
  text(state: RuntimeState): string {
    const writer = new ExpositionWriter();
    for (const family of [this.#requests, this.#durations, this.#queued, this.#bytes]) family.write(writer);
    for (const family of [this.#limits, this.#threads]) family.write(writer);
    for (const family of [this.#outbound, this.#outboundDurations, this.#kv]) family.write(writer);
    writer.single('wws_threads', 'gauge', 'Guest threads.', state.threads);
    writer.single('wws_queue_length', 'gauge', 'Requests no thread has taken.', state.waiting);
    writer.family('wws_requests_open', 'gauge', 'Requests of a worker that wait or run.');
    for (const [worker, calls] of state.open) writer.sample('wws_requests_open', calls, { worker });
    writer.single('wws_connections', 'gauge', 'Open connections of clients.', state.connections);
    const dropped = 'Log entries that were dropped because nobody read them.';
    writer.single('wws_log_dropped_total', 'counter', dropped, state.droppedLogEntries);
    writeProcess(writer);
    return writer.toString();
  }
}

/** Empty where there was no answer. */
function classOf(status: number | undefined): string {
  return status === undefined ? '' : `${Math.trunc(status / 100)}xx`;
}
