import type { QuantityUnit } from './quantity.ts';

/** What one worker may use, by its key in `[limits]` of its configuration. */
export type WorkerLimitName =
  | 'memory'
  | 'time'
  | 'output'
  | 'log'
  | 'files'
  | 'queue'
  | 'requests'
  | 'response'
  | 'store'
  | 'keys'
  | 'value'
  | 'code';

/** Bytes, milliseconds or a count, as `WORKER_LIMITS` says. */
export type WorkerLimits = Readonly<Record<WorkerLimitName, number>>;

export interface WorkerLimit {
  readonly default: number;
  /** Less is of no use to any worker. */
  readonly least: number;
  readonly unit: QuantityUnit;
  readonly doc: string;
}

const KiB = 1024;
const MiB = 1024 * KiB;

/** A worker's own configuration can make each of them smaller, and only the operator larger. */
export const WORKER_LIMITS: Readonly<Record<WorkerLimitName, WorkerLimit>> = {
  memory: {
    default: 256 * MiB,
    least: 64 * KiB,
    unit: 'bytes',
    doc: 'Memory of one instance, engine and all; allocating beyond fails in the guest',
  },
  time: { default: 30_000, least: 1, unit: 'ms', doc: 'Time for one request, waiting included; then 504' },
  output: {
    default: 16 * MiB,
    least: 1,
    unit: 'bytes',
    doc: 'What it may write to stdout or answer for one request; then 500',
  },
  log: {
    default: 256 * KiB,
    least: 0,
    unit: 'bytes',
    doc: 'Its log text that is kept for one request; the rest is counted and dropped',
  },
  files: {
    default: 256,
    least: 3,
    unit: 'count',
    doc: 'Open files of one instance, with stdio and its folders',
  },
  queue: {
    default: 256,
    least: 1,
    unit: 'count',
    doc: 'Its requests that wait or run; more are answered 503',
  },
  requests: {
    default: 16,
    least: 0,
    unit: 'count',
    doc: 'Outbound requests it has under way at once; others wait their turn',
  },
  store: {
    default: 4 * MiB,
    least: 1,
    unit: 'bytes',
    doc: 'Keys and values of its K/V namespace, of which each request has a copy; then 500, and nothing is stored',
  },
  keys: { default: 10_000, least: 1, unit: 'count', doc: 'Keys of its K/V namespace; then the same' },
  value: { default: MiB, least: 1, unit: 'bytes', doc: 'One value in its K/V namespace; then the same' },
  response: { default: 8 * MiB, least: 0, unit: 'bytes', doc: 'Body of an answer to an outbound request' },
  code: {
    default: 64 * MiB,
    least: 1,
    unit: 'bytes',
    doc: 'Size of its file with the modules it imports; a larger one is not loaded, and its route answers 500',
  },
};

/** The defaults, with `changes` on top. */
export function workerLimits(changes: Partial<WorkerLimits> = {}): WorkerLimits {
  const values = { ...changes } as Record<string, number>;
  for (const [name, limit] of Object.entries(WORKER_LIMITS)) values[name] ??= limit.default;
  return values as WorkerLimits;
}
