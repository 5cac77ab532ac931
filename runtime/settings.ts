/** Every limit of the runtime, in one place: what it is, in which unit, and what it is when nobody says otherwise. */
export type LimitName =
  | 'headerBytes'
  | 'headerCount'
  | 'bodyBytes'
  | 'publicBytes'
  | 'settledMs'
  | 'answerHeaders'
  | 'headerMs'
  | 'requestMs'
  | 'idleMs'
  | 'socketMs'
  | 'connections'
  | 'loadMs'
  | 'stallMs'
  | 'threads'
  | 'heapBytes'
  | 'drainMs'
  | 'lingerMs'
  | 'logBytes'
  | 'projectDepth'
  | 'projectEntries'
  | 'projectWorkers'
  | 'configBytes'
  | 'kvNamespaces'
  | 'kvKeyBytes'
  | 'kvMs'
  | 'kvSteps';

export interface Setting {
  readonly default: number;
  readonly unit: 'bytes' | 'ms' | 'count';
  readonly doc: string;
}

export type Limits = Readonly<Record<LimitName, number>>;

export const SETTINGS: Readonly<Record<LimitName, Setting>> = {
  headerBytes: { default: 16_384, unit: 'bytes', doc: 'Request line and headers; more is answered 431' },
  headerCount: { default: 128, unit: 'count', doc: 'Header lines of a request; more is answered 431' },
  bodyBytes: { default: 262_144, unit: 'bytes', doc: 'Body of a request; more is answered 413' },
  publicBytes: {
    default: 8_388_608,
    unit: 'bytes',
    doc: 'Memory for small files of `public/`; what does not fit is read for each request',
  },
  settledMs: {
    default: 2_500,
    unit: 'ms',
    doc: 'Time a file of `public/` has to be unchanged before it is kept in memory',
  },
  answerHeaders: {
    default: 1_000,
    unit: 'count',
    doc: "Header lines of a worker's answer; more is a failure, 500",
  },
  headerMs: { default: 10_000, unit: 'ms', doc: 'Time a client has to send its headers; then 408' },
  requestMs: { default: 60_000, unit: 'ms', doc: 'Time a client has to send a whole request; then 408' },
  idleMs: { default: 5_000, unit: 'ms', doc: 'Time a connection may rest between two requests' },
  socketMs: { default: 120_000, unit: 'ms', doc: 'Time a connection may pass no byte in either direction' },
  connections: { default: 4_096, unit: 'count', doc: 'Open connections; more are closed at once' },
  loadMs: { default: 30_000, unit: 'ms', doc: 'Time a worker may take to load; then its route answers 500' },
  stallMs: { default: 100, unit: 'ms', doc: 'Time after which requests behind a busy worker move elsewhere' },
  threads: {
    default: 8,
    unit: 'count',
    doc: 'Upper bound of guest threads; otherwise one per core, at least two',
  },
  heapBytes: {
    default: 536_870_912,
    unit: 'bytes',
    doc: 'JavaScript heap of a guest thread, where texts of requests and answers lie; a thread with more ends, and its request with 500',
  },
  drainMs: { default: 9_000, unit: 'ms', doc: 'Time requests in flight have to finish after SIGTERM' },
  lingerMs: {
    default: 500,
    unit: 'ms',
    doc: 'Time connections at rest are kept open after SIGTERM, in case a request is on its way',
  },
  logBytes: {
    default: 1_048_576,
    unit: 'bytes',
    doc: 'Log text held while nobody reads stderr; more is dropped',
  },
  projectDepth: { default: 32, unit: 'count', doc: 'Directory levels searched for workers' },
  projectEntries: { default: 100_000, unit: 'count', doc: 'Directory entries looked at in the search' },
  projectWorkers: { default: 10_000, unit: 'count', doc: 'Workers of one project' },
  configBytes: { default: 262_144, unit: 'bytes', doc: 'Size of a worker configuration file' },
  kvNamespaces: {
    default: 256,
    unit: 'count',
    doc: 'K/V namespaces of one project; workers with more are not loaded',
  },
  kvKeyBytes: {
    default: 1_024,
    unit: 'bytes',
    doc: 'Length of a K/V key; a request that stores a longer one is answered 500',
  },
  kvMs: { default: 2_000, unit: 'ms', doc: 'Time the K/V store has to answer; then 503' },
  kvSteps: {
    default: 2_048,
    unit: 'count',
    doc: 'Steps under way in the K/V store at once; more are answered 503',
  },
};

/** The defaults, with `changes` on top. */
export function limits(changes: Partial<Limits> = {}): Limits {
  const values = { ...changes } as Record<string, number>;
  for (const [name, setting] of Object.entries(SETTINGS)) values[name] ??= setting.default;
  return values as Limits;
}
