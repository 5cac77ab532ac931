import { afterEach, describe, expect, it } from 'vitest';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { type Limits, limits } from '#runtime/settings.ts';
import { type WorkerLimits, workerLimits } from '#runtime/worker-limits.ts';
import type { WorkerRequest } from './guest.ts';
import type { HostServices } from './host-calls.ts';
import type { Outcome } from './outcome.ts';
import { WorkerPool } from './pool.ts';
import { SpareThread } from './spare-thread.ts';
import { guestSpec } from './testdata/guest-spec.ts';

const loader = new URL('./testdata/test-guests.ts', import.meta.url).href;

let pool: WorkerPool | undefined;

afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

interface Setup {
  readonly pool: WorkerPool;
  readonly problems: string[];
  run(guest: number, body: string): Promise<Outcome>;
}

/** Limits of all workers, or of each by name. */
type WorkerOptions = Partial<WorkerLimits> | ((name: string) => Partial<WorkerLimits>);

interface Options {
  readonly server?: Partial<Limits>;
  readonly spare?: SpareThread;
  readonly services?: HostServices;
}

function setUp(names: readonly string[], worker: WorkerOptions = {}, options: Options = {}): Setup {
  const { server = {}, spare, services } = options;
  const limitsOf = typeof worker === 'function' ? worker : () => worker;
  const specs = names.map((name) =>
    guestSpec({
      file: `/${name}`,
      name,
      limits: workerLimits(limitsOf(name)),
      http: { ...NO_REQUESTS, allowedHosts: name.startsWith('asking') ? ['a.test'] : [] },
    }),
  );
  const problems: string[] = [];
  const made = new WorkerPool({
    specs,
    loader,
    ...(spare === undefined ? {} : { spare }),
    ...(services === undefined ? {} : { services }),
    limits: limits({ threads: 2, stallMs: 20, ...server }),
    onProblem: (guest, problem) => problems.push(`${guest}: ${problem}`),
  });
  pool = made;
  return { pool: made, problems, run: async (guest, body) => await made.run(guest, request(body)).outcome };
}

function request(body: string): WorkerRequest {
  return { url: 'http://h/', method: 'POST', headers: { a: 'b' }, body, kv: {}, params: { id: 'x' } };
}

function text(outcome: Outcome): string {
  return outcome.kind === 'answered' ? Buffer.from(outcome.response.body).toString() : outcome.kind;
}

describe('WorkerPool', () => {
  it('hands a request to the guest it is for and its answer back', async () => {
    const { run } = setUp(['a', 'b']);
    const [a, b] = await Promise.all([run(0, 'x'), run(1, 'y')]);
    expect(JSON.parse(text(a))).toEqual({ name: 'a', request: request('x') });
    expect(JSON.parse(text(b))).toEqual({ name: 'b', request: request('y') });
  });

  it('answers each of a thousand requests with its own answer', async () => {
    const { run } = setUp(['a', 'b', 'c'], { queue: 1000 });
    const bodies = Array.from({ length: 1000 }, (_, index) => `{"n":${index}}`);
    const outcomes = await Promise.all(bodies.map((body, index) => run(index % 3, body)));
    expect(outcomes.map(text)).toEqual(bodies);
  });

  it('passes a failure and an exception on as failures', async () => {
    const { run } = setUp(['a']);
    expect(await run(0, 'fail')).toMatchObject({ kind: 'failed', reason: 'trap' });
    expect(await run(0, 'throw')).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/^Error: thrown/),
    });
    expect(text(await run(0, '{}'))).toBe('{}');
  });

  it('fails the requests of a guest that does not load, tells why once, and serves the others', async () => {
    const { pool: made, run, problems } = setUp(['a', 'broken']);
    await made.preload([0, 1]);
    expect(await run(1, 'x')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('line 3') });
    expect(text(await run(0, '{}'))).toBe('{}');
    expect(problems).toEqual(['1: line 3: nonsense']);
  });

  it('loads in the order it is told, and leaves the others for their first request', async () => {
    const { pool: made, run, problems } = setUp(['broken', 'broken', 'broken']);
    await made.preload([2, 0]);
    expect(problems.map((problem) => problem[0])).toEqual(['2', '0']);
    await run(1, 'x');
    expect(problems.map((problem) => problem[0])).toEqual(['2', '0', '1']);
  });

  it('serves with a thread that was started ahead, and with another when that one has gone', async () => {
    const spare = new SpareThread();
    const { heapBytes } = limits();
    const [first, second] = [spare.take(heapBytes), spare.take(heapBytes)];
    expect(second.threadId).not.toBe(first.threadId);
    await Promise.all([first.terminate(), second.terminate()]);
    const gone = new SpareThread();
    gone.drop();
    for (const started of [new SpareThread(), gone]) {
      const { pool: made, run } = setUp(['a'], {}, { spare: started });
      expect(text(await run(0, '{}'))).toBe('{}');
      await made.close();
    }
  });

  it('stops a guest that runs over its time and goes on', async () => {
    const { run } = setUp(['a'], { time: 150 });
    expect(await run(0, 'spin')).toMatchObject({
      kind: 'timeout',
      reason: expect.stringContaining('150 ms'),
    });
    expect(text(await run(0, '{}'))).toBe('{}');
  });

  it('moves requests away from behind one that spins', async () => {
    const { run } = setUp(['a', 'b'], { time: 600_000 });
    void run(0, 'spin');
    const behind = await Promise.all(Array.from({ length: 40 }, () => run(1, '{}')));
    expect(behind.map(text)).toEqual(behind.map(() => '{}'));
  });

  it('asks again for safe answers that are held up behind one that spins', async () => {
    const { pool: made, run } = setUp(['a', 'b'], { time: 600_000 });
    await Promise.all([run(0, '{}'), run(1, '{}')]);
    const get = { ...request('{}'), method: 'GET' };
    const before = Array.from({ length: 10 }, async () => await made.run(1, get).outcome);
    void run(0, 'spin');
    expect((await Promise.all(before)).map(text)).toEqual(before.map(() => '{}'));
  });

  it('does not let one worker stall every thread', async () => {
    const { run } = setUp(['a', 'b'], { time: 600_000 });
    for (let count = 0; count < 20; count += 1) void run(0, 'spin');
    for (let count = 0; count < 20; count += 1) expect(text(await run(1, '{}'))).toBe('{}');
  });

  it('runs each spinning request once and no other with it', async () => {
    const { run } = setUp(['a'], { time: 100 });
    const outcomes = await Promise.all([
      run(0, 'spin'),
      run(0, '{"n":1}'),
      run(0, 'spin'),
      run(0, '{"n":2}'),
    ]);
    expect(outcomes.map(text)).toEqual(['timeout', '{"n":1}', 'timeout', '{"n":2}']);
  });

  it('refuses what goes over the queue of one worker and takes the others', async () => {
    const { run } = setUp(['a', 'b'], { queue: 2 });
    const outcomes = [run(0, '{"n":1}'), run(0, '{"n":2}'), run(0, '{"n":3}'), run(1, '{"n":4}')];
    expect((await Promise.all(outcomes)).map(text)).toEqual(['{"n":1}', '{"n":2}', 'overloaded', '{"n":4}']);
  });

  it('survives the death of a thread and fails only the request that killed it', async () => {
    const { run } = setUp(['a']);
    const outcomes = await Promise.all([run(0, 'die'), run(0, '{"n":1}')]);
    expect(outcomes[0]).toMatchObject({ kind: 'failed', reason: 'thread ended with code 7' });
    expect(outcomes.map(text)[1]).toBe('{"n":1}');
  });

  it('gives up a guest whose loading kills its thread', async () => {
    const { pool: made, run, problems } = setUp(['deadly-load', 'b']);
    await made.preload([0, 1]);
    expect(await run(0, '{}')).toMatchObject({
      kind: 'failed',
      reason: 'its thread died while loading it: thread ended with code 3',
    });
    expect(text(await run(1, '{}'))).toBe('{}');
    expect(problems).toHaveLength(1);
  });

  it('gives up a guest that never finishes loading', async () => {
    const { pool: made, run } = setUp(['endless-load', 'b'], {}, { server: { loadMs: 150 } });
    const loaded = made.preload([0, 1]);
    expect(text(await run(1, '{}'))).toBe('{}');
    expect(await run(0, '{}')).toMatchObject({ kind: 'failed', reason: expect.stringContaining('150 ms') });
    await loaded;
  });

  it('drops a request nobody waits for', async () => {
    const { pool: made, run } = setUp(['a'], { time: 100 });
    const cancelled = made.run(0, request('die'));
    cancelled.cancel();
    expect(text(await run(0, '{}'))).toBe('{}');
  });

  it('ends what is under way when it is closed', async () => {
    const { pool: made, run } = setUp(['a']);
    const outcomes = [run(0, 'spin'), run(0, '{}')];
    const closed = made.close();
    expect((await Promise.all(outcomes)).map(text)).toEqual(['overloaded', 'overloaded']);
    await closed;
    expect(text(await run(0, '{}'))).toBe('overloaded');
  });

  describe('with a call that waits for the host', () => {
    /** Answers URLs that are numbers after so many milliseconds; others never. */
    const services: HostServices = {
      http: async (guest, { url }, signal) => {
        if (url === 'broken') throw new Error('no such service');
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const timer = /^\d+$/.test(url) ? setTimeout(resolve, Number(url)) : undefined;
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          reject(new Error('aborted'));
        });
        await promise;
        const body = Buffer.from(`${guest} ${url}`);
        return { ok: true, url, redirected: false, status: 200, statusText: 'OK', headers: [], body };
      },
    };

    it('hands the host its questions and the guest the replies', async () => {
      const { run } = setUp(['a', 'b'], {}, { services });
      const outcomes = await Promise.all([run(0, 'ask 3'), run(1, 'ask 2'), run(0, 'ask 1')]);
      expect(outcomes.map(text)).toEqual(['0 3', '1 2', '0 1']);
    });

    it('fails the call when the service fails, and when there is none', async () => {
      expect(await setUp(['a'], {}, { services }).run(0, 'ask broken')).toMatchObject({
        kind: 'failed',
        reason: 'Error: no such service',
      });
      await pool?.close();
      expect(await setUp(['a']).run(0, 'ask 1')).toMatchObject({
        kind: 'failed',
        reason: 'Error: The host has no service "http"',
      });
    });

    it('runs others meanwhile, however many wait', async () => {
      const { run } = setUp(['a', 'b'], { queue: 1000 }, { services, server: { threads: 1 } });
      const waiting = Array.from({ length: 300 }, () => run(0, 'ask never'));
      for (let turn = 0; turn < 5; turn++) expect(text(await run(1, 'ask 1'))).toBe('1 1');
      await pool?.close();
      expect(new Set((await Promise.all(waiting)).map(text))).toEqual(new Set(['overloaded']));
    });

    it('lets a bounded number of one guest wait on a thread, and the next when one is over', async () => {
      const asked = new Set<() => void>();
      let changed = Promise.withResolvers<void>();
      const held: HostServices = {
        http: async (_guest, { url }) => {
          const { promise, resolve } = Promise.withResolvers<void>();
          asked.add(resolve);
          changed.resolve();
          changed = Promise.withResolvers();
          await promise;
          return {
            ...{ ok: true, url, redirected: false, status: 200, statusText: 'OK' },
            ...{ headers: [], body: Buffer.from('told') },
          };
        },
      };
      const { run } = setUp(['asking', 'b'], { queue: 1000 }, { services: held });
      const waiting = Array.from({ length: 100 }, () => run(0, 'ask x'));
      // Two threads, 32 each.
      while (asked.size < 64) await changed.promise;
      for (let turn = 0; turn < 5; turn++) expect(text(await run(1, '{}'))).toBe('{}');
      expect(asked.size).toBe(64);
      const [first] = asked;
      first?.();
      while (asked.size < 65) await changed.promise;
      expect(text(await run(1, '{}'))).toBe('{}');
      expect(asked.size).toBe(65);
      while (asked.size < 100) {
        for (const answer of asked) answer();
        await changed.promise;
      }
      for (const answer of asked) answer();
      expect((await Promise.all(waiting)).map(text)).toEqual(waiting.map(() => 'told'));
    });

    it('ends it when its time is over, and keeps its thread', async () => {
      const { run } = setUp(['a'], { time: 100 }, { services });
      const long = run(0, 'ask never');
      expect(text(await run(0, 'ask 1'))).toBe('0 1');
      expect(await long).toMatchObject({ kind: 'timeout', reason: expect.stringContaining('100 ms') });
      expect(text(await run(0, 'ask 1'))).toBe('0 1');
    });

    it('ends the thread of one that goes on after its time', async () => {
      const { run } = setUp(['a', 'b'], { time: 100 }, { services });
      expect(text(await run(0, 'ask defiant'))).toBe('timeout');
      expect(text(await run(1, '{}'))).toBe('{}');
    });

    it('asks again for a safe one whose thread was ended, and for no other', async () => {
      const time = (name: string): Partial<WorkerLimits> => (name === 'b' ? { time: 100 } : {});
      const { pool: made, run } = setUp(['a', 'b'], time, { services });
      await run(0, '{}');
      // Its reply comes when the other one has long been stopped.
      const safe = made.run(0, { ...request('ask 500'), method: 'GET' }).outcome;
      const unsafe = run(0, 'ask never');
      expect(text(await run(1, 'spin'))).toBe('timeout');
      expect(text(await unsafe)).toBe('overloaded');
      expect(text(await safe)).toBe('0 500');
    });
  });
});
