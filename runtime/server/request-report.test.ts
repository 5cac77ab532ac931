import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from './testdata/test-server.ts';

let site: TestServer;

beforeEach(async () => {
  site = await TestServer.make();
  site.observe();
});

afterEach(async () => {
  await site[Symbol.asyncDispose]();
});

describe('an observer', () => {
  it('is told of each request: how it ended, where its time went, what its worker said', async () => {
    await site.file('users/[id].js');
    await site.file('public/a.txt', 'FILE');
    await site.serve({ worker: { time: 200 } });
    await (await site.get('/users/7?x')).text();
    for (const body of ['fail', 'spin']) await site.get('/users/7', { method: 'POST', body });
    for (const target of ['/a.txt', '/none', '/%00']) await site.get(target);
    await site.server?.drain();
    const [answered, failed, slow, ...others] = site.reports;
    const worker = { worker: 'users/[id].js', route: '/users/[id]' };
    expect(answered).toMatchObject({ ...worker, outcome: 'answered', status: 200, target: '/users/7?x' });
    expect(answered?.bytes).toBeGreaterThan(100);
    expect(answered?.timings.ran).toBeGreaterThan(0);
    expect(failed).toMatchObject({
      ...worker,
      outcome: 'failed',
      status: 500,
      said: 'trapped\n',
      problem: 'trap',
    });
    expect(slow).toMatchObject({ ...worker, outcome: 'timeout', status: 504 });
    expect(slow?.timings.ran).toBeGreaterThanOrEqual(200);
    expect(others.map(({ outcome, status }) => [outcome, status])).toEqual([
      ['file', 200],
      ['not-found', 404],
      ['refused', 400],
    ]);
    for (const { began, timings } of site.reports) {
      expect(Math.abs(began - Date.now())).toBeLessThan(60_000);
      expect(timings.body + timings.queued + timings.ran).toBeLessThanOrEqual(timings.total);
    }
    expect(new Set(site.reports.map(({ id }) => id)).size).toBe(6);
  });

  it('that has taken its leave is told no more', async () => {
    await site.file('a.js');
    const seen: string[] = [];
    const leave = site.telemetry.observe({ request: ({ target }) => void seen.push(target) });
    await site.serve();
    await site.get('/a');
    await site.get('/a?2');
    leave();
    await site.get('/a?3');
    await site.server?.drain();
    expect(seen).toEqual(['/a', '/a?2']);
    expect(site.reports).toHaveLength(3);
  });

  it('is told of limits that were met, and of threads', async () => {
    await site.file('a.js');
    await site.serve({
      worker: { time: 200, queue: 1 },
      limits: { bodyBytes: 10, headerCount: 20, headerMs: 200 },
    });
    const spin = { method: 'POST', body: 'spin' };
    await Promise.all([site.get('/a', spin), site.get('/a', spin)]);
    await site.get('/a', { method: 'POST', body: 'x'.repeat(11) });
    await site.rawGet('/a', 'x: y\r\n'.repeat(20));
    await site.rawGet('/a', `x: ${'y'.repeat(20_000)}\r\n`);
    await site.raw('GET / HTTP/1.1\r\n');
    const worker = 'a.js';
    expect(site.events).toEqual(
      expect.arrayContaining([
        { kind: 'thread', what: 'started', worker: undefined },
        { kind: 'limit', limit: 'queue', worker },
        { kind: 'limit', limit: 'time', worker },
        { kind: 'thread', what: 'timeout', worker },
        { kind: 'limit', limit: 'bodyBytes', worker: undefined },
        { kind: 'limit', limit: 'headerCount', worker: undefined },
        { kind: 'limit', limit: 'headerBytes', worker: undefined },
        { kind: 'limit', limit: 'headerMs', worker: undefined },
      ]),
    );
  });
});
