import { describe, expect, it } from 'vitest';
import type { KvConfig } from '#runtime/project/kv-config.ts';
import { limits } from '#runtime/settings.ts';
import type { GuestSpec, WorkerRequest, WorkerResponse } from '#runtime/worker/guest.ts';
import type { GuestRunner, Outcome, Ticket } from '#runtime/worker/outcome.ts';
import { type WorkerLimits, workerLimits } from '#runtime/worker-limits.ts';
import { KvError } from './kv-error.ts';
import { KvRunner, type KvStepReport } from './kv-runner.ts';
import { MemoryStore } from './memory-store.ts';
import { ProjectStore } from './project-store.ts';
import type { Snapshot } from './snapshot.ts';
import type { Store } from './store.ts';

const REQUEST: WorkerRequest = { url: '', method: 'GET', headers: {}, body: '', kv: {}, params: {} };
const NOTHING = new Uint8Array();

interface Began {
  readonly kv: Snapshot;
  isCancelled: boolean;
  end(outcome: Outcome): void;
  answer(kv: Snapshot | undefined, more?: Partial<WorkerResponse>): void;
}

/** Workers that end when the test says so: real ones cannot be held at the moments that matter here. */
class HeldWorkers implements GuestRunner {
  readonly began: Began[] = [];

  run(_guest: number, request: WorkerRequest): Ticket {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const began: Began = {
      kv: request.kv,
      isCancelled: false,
      end: resolve,
      answer: (kv, more = {}) =>
        resolve({
          kind: 'answered',
          response: { status: 200, headers: {}, body: NOTHING, kv, ...more },
          stderr: NOTHING,
        }),
    };
    this.began.push(began);
    return { outcome: promise, cancel: () => Object.assign(began, { isCancelled: true }) };
  }

  at(index: number): Began {
    const began = this.began[index];
    if (began === undefined) throw new Error(`Only ${this.began.length} have begun`);
    return began;
  }
}

function spec(name: string, kv: KvConfig | undefined, own: Partial<WorkerLimits> = {}): GuestSpec {
  return {
    language: 'wasm',
    file: '',
    name,
    root: '/',
    vars: {},
    folders: [],
    limits: workerLimits(own),
    http: { hosts: [], methods: [], allowHttp: false } as unknown as GuestSpec['http'],
    binaryBodies: false,
    kv,
  };
}

const SNAPSHOT: KvConfig = { namespace: 'n', consistency: 'snapshot' };
const SERIAL: KvConfig = { namespace: 'n', consistency: 'serial' };

function setUp(specs: readonly GuestSpec[], store: Store = new MemoryStore()) {
  const workers = new HeldWorkers();
  const lines: string[] = [];
  const steps: KvStepReport[] = [];
  const project = new ProjectStore(store, limits(), (line) => void lines.push(line));
  const runner = new KvRunner({
    runner: workers,
    specs,
    store: project,
    report: () => (step) => steps.push(step),
  });
  const read = async (): Promise<Snapshot> => ({ ...(await project.read(project.use('n', workerLimits()))) });
  return { workers, runner, lines, steps, read, project };
}

/** Turns are handed on in promises. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('wws §1.2 a snapshot of a namespace', () => {
  it('comes with the request and is replaced by what comes back', async () => {
    const { workers, runner, read } = setUp([spec('a', SNAPSHOT)]);
    const first = runner.run(0, REQUEST);
    expect(workers.at(0).kv).toEqual({});
    workers.at(0).answer({ a: '1', b: '2' });
    expect(await first.outcome).toMatchObject({ kind: 'answered' });
    const second = runner.run(0, REQUEST);
    expect({ ...workers.at(1).kv }).toEqual({ a: '1', b: '2' });
    workers.at(1).answer({ b: '3' });
    await second.outcome;
    expect(await read()).toEqual({ b: '3' });
  });

  it('is the last writer’s, whole', async () => {
    const { workers, runner, read } = setUp([spec('a', SNAPSHOT)]);
    const tickets = [runner.run(0, REQUEST), runner.run(0, REQUEST)];
    workers.at(0).answer({ first: '1' });
    await tickets[0]?.outcome;
    workers.at(1).answer({ second: '2' });
    await tickets[1]?.outcome;
    expect(await read()).toEqual({ second: '2' });
  });

  it('is stored with any answer, a 500 included, and not when the worker fails', async () => {
    const { workers, runner, read } = setUp([spec('a', SNAPSHOT)]);
    const first = runner.run(0, REQUEST);
    workers.at(0).answer({ a: '1' }, { status: 500 });
    await first.outcome;
    expect(await read()).toEqual({ a: '1' });
    const second = runner.run(0, REQUEST);
    workers.at(1).end({ kind: 'failed', reason: 'trap', stderr: NOTHING });
    expect(await second.outcome).toMatchObject({ kind: 'failed', reason: 'trap' });
    expect(await read()).toEqual({ a: '1' });
  });

  it('is not written back by a request that changed nothing', async () => {
    const { workers, runner, read } = setUp([spec('a', SNAPSHOT)]);
    const [reader, idle, writer] = [0, 1, 2].map(() => runner.run(0, REQUEST));
    workers.at(2).answer({ a: '1' });
    await writer?.outcome;
    workers.at(0).answer({});
    workers.at(1).answer(undefined);
    await Promise.all([reader?.outcome, idle?.outcome]);
    expect(await read()).toEqual({ a: '1' });
  });

  it('leaves out what the worker stored itself', async () => {
    const { workers, runner, read } = setUp([spec('a', SNAPSHOT)]);
    const tickets = [runner.run(0, REQUEST), runner.run(0, REQUEST)];
    for (const began of workers.began) {
      await runner.operate(0, { type: 'increment', key: 'hits', by: 1 });
      began.answer({ hits: '1', last: 'x' }, { kvKept: ['hits'] });
    }
    await Promise.all(tickets.map(({ outcome }) => outcome));
    expect(await read()).toEqual({ hits: '2', last: 'x' });
  });

  it('has text that any store can hold', async () => {
    const { workers, runner, read } = setUp([spec('a', SNAPSHOT)]);
    const ticket = runner.run(0, REQUEST);
    workers.at(0).answer({ 'a\ud800': 'b\udc00' });
    await ticket.outcome;
    expect(await read()).toEqual({ 'a\ufffd': 'b\ufffd' });
  });

  it('is not there for a worker that names none', async () => {
    const { workers, runner, read } = setUp([spec('a', undefined)]);
    const ticket = runner.run(0, REQUEST);
    expect(workers.at(0).kv).toEqual({});
    workers.at(0).answer({ a: '1' });
    expect(await ticket.outcome).toMatchObject({ kind: 'answered' });
    expect(await read()).toEqual({});
    await expect(runner.operate(0, { type: 'get', key: 'a' })).rejects.toThrow('no K/V namespace');
  });
});

describe('serial consistency', () => {
  it('attack 64: gives the namespace to one request at a time, in the order they came', async () => {
    const { workers, runner, read } = setUp([spec('a', SERIAL), spec('b', SERIAL)]);
    const tickets = [0, 1, 0].map((guest) => runner.run(guest, REQUEST));
    for (let index = 0; index < 3; index += 1) {
      await settled();
      expect(workers.began).toHaveLength(index + 1);
      workers.at(index).answer({ n: String(Number(workers.at(index).kv['n'] ?? 0) + 1) });
      await tickets[index]?.outcome;
    }
    expect(await read()).toEqual({ n: '3' });
  });

  it('lets atomic operations of others stand', async () => {
    const { workers, runner, read } = setUp([spec('a', SERIAL), spec('b', SNAPSHOT)]);
    const ticket = runner.run(0, REQUEST);
    await settled();
    await runner.operate(1, { type: 'increment', key: 'hits', by: 1 });
    workers.at(0).answer({ mine: '1' });
    await ticket.outcome;
    expect(await read()).toEqual({ hits: '1', mine: '1' });
  });

  it.each(['failed', 'timeout', 'overloaded'] as const)(
    'passes the turn on when a request ends as %s',
    async (kind) => {
      const { workers, runner } = setUp([spec('a', SERIAL)]);
      const tickets = [runner.run(0, REQUEST), runner.run(0, REQUEST)];
      await settled();
      workers.at(0).end({ kind, reason: 'ended', stderr: NOTHING });
      expect(await tickets[0]?.outcome).toMatchObject({ kind });
      await settled();
      workers.at(1).answer({});
      expect(await tickets[1]?.outcome).toMatchObject({ kind: 'answered' });
    },
  );

  it('asks to try again when no turn comes within the worker’s time, or too many wait', async () => {
    const { workers, runner } = setUp([spec('a', SERIAL, { time: 5, queue: 1 })]);
    const first = runner.run(0, REQUEST);
    await settled();
    const [second, third] = [1, 2].map(() => runner.run(0, REQUEST));
    expect(await second?.outcome).toEqual({
      kind: 'overloaded',
      reason: 'K/V namespace "n" was in use for more than 5 ms',
    });
    expect(await third?.outcome).toEqual({
      kind: 'overloaded',
      reason: '1 requests wait for K/V namespace "n"',
    });
    workers.at(0).answer({});
    expect(await first.outcome).toMatchObject({ kind: 'answered' });
  });

  it('does not begin what nobody waits for any more', async () => {
    const { workers, runner } = setUp([spec('a', SERIAL)]);
    const [first, second, third] = [0, 1, 2].map(() => runner.run(0, REQUEST));
    await settled();
    second?.cancel();
    expect(await second?.outcome).toMatchObject({ kind: 'overloaded' });
    workers.at(0).answer({});
    await first?.outcome;
    await settled();
    expect(workers.began).toHaveLength(2);
    third?.cancel();
    expect(workers.at(1).isCancelled).toBe(true);
    workers.at(1).answer({});
    await third?.outcome;
  });
});

describe('what a namespace may hold', () => {
  it('attack 62: fails the request that would hold too much, and keeps what there was', async () => {
    const { workers, runner, read } = setUp([spec('a', SNAPSHOT, { store: 100, keys: 3, value: 10 })]);
    const outcomes: Outcome[] = [];
    const tries: readonly Snapshot[] = [
      { a: '1' },
      { a: 'x'.repeat(11) },
      { a: '', b: '', c: '', d: '' },
      { ['k'.repeat(101)]: '' },
      { ['k'.repeat(2_000)]: '' },
    ];
    for (const [index, kv] of tries.entries()) {
      const ticket = runner.run(0, REQUEST);
      workers.at(index).answer(kv);
      outcomes.push(await ticket.outcome);
    }
    expect(outcomes.map((outcome) => ('reason' in outcome ? outcome.reason : outcome.kind))).toEqual([
      'answered',
      'The value of "a" in K/V namespace "n" is larger than 10 bytes',
      'K/V namespace "n" may hold 3 keys, not 4',
      'K/V namespace "n" may hold 100 bytes, not 101 bytes',
      'A key in K/V namespace "n" is longer than 1 KiB',
    ]);
    expect(outcomes[1]).toMatchObject({ kind: 'failed' });
    expect(await read()).toEqual({ a: '1' });
    for (const operation of [
      { type: 'put', key: 'b', value: 'x'.repeat(11) },
      { type: 'get', key: 'k'.repeat(2_000) },
    ] as const) {
      await expect(runner.operate(0, operation)).rejects.toMatchObject({ code: 'limit' });
    }
  });
});

/** Does not answer while it is down. */
class FrailStore extends MemoryStore {
  override readonly name = 'frail:';
  isDown = false;

  override read(...args: Parameters<MemoryStore['read']>): Snapshot {
    if (this.isDown) throw new KvError('unavailable', 'connection refused by 10.0.0.7');
    return super.read(...args);
  }

  override operate: MemoryStore['operate'] = (...args) => {
    if (this.isDown) throw new KvError('unavailable', 'connection refused by 10.0.0.7');
    return MemoryStore.prototype.operate.apply(this, args) as never;
  };
}

describe('a store that does not answer', () => {
  it('is said once, and the requests that need it are told to come again', async () => {
    const store = new FrailStore();
    const { workers, runner, lines } = setUp(
      [spec('a', SNAPSHOT), spec('b', SERIAL), spec('c', undefined)],
      store,
    );
    store.isDown = true;
    const outcomes = await Promise.all([0, 1, 0, 1].map((guest) => runner.run(guest, REQUEST).outcome));
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: 4 }, () => 'unavailable'));
    expect(workers.began).toHaveLength(0);
    expect(lines).toEqual([
      'K/V store "frail:" is not available: connection refused by 10.0.0.7; workers that need it answer 503',
    ]);
    const other = runner.run(2, REQUEST);
    workers.at(0).answer(undefined);
    expect(await other.outcome).toMatchObject({ kind: 'answered' });
    store.isDown = false;
    const again = runner.run(1, REQUEST);
    await settled();
    workers.at(1).answer({ a: '1' });
    expect(await again.outcome).toMatchObject({ kind: 'answered' });
  });

  it('does not tell guests where it is', async () => {
    const store = new FrailStore();
    const { runner } = setUp([spec('a', SNAPSHOT)], store);
    store.isDown = true;
    await expect(runner.operate(0, { type: 'get', key: 'a' })).rejects.toThrow(
      /^The K\/V store is not available$/,
    );
  });
});

it('tells whoever counts of each step', async () => {
  const { workers, runner, steps } = setUp([spec('a', SNAPSHOT, { keys: 1 })]);
  const ticket = runner.run(0, REQUEST);
  workers.at(0).answer({ a: '', b: '' });
  await ticket.outcome;
  await runner.operate(0, { type: 'increment', key: 'n', by: 1 });
  expect(steps.map(({ worker, operation, ok }) => ({ worker, operation, ok }))).toEqual([
    { worker: 'a', operation: 'read', ok: true },
    { worker: 'a', operation: 'write', ok: false },
    { worker: 'a', operation: 'write', ok: true },
  ]);
});
