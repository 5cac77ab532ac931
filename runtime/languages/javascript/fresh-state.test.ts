import { describe, expect, it } from 'vitest';
import type { ImmediateGuest } from '#runtime/worker/testdata/asking.ts';
import { HARMFUL, HARMS, UNTOUCHED } from './testdata/harmful-worker.ts';
import { loadWorkerText, request, shown } from './worker-fixture.ts';

const at = (guest: ImmediateGuest, path: string, body = '') =>
  shown(guest.handle(request({ url: `http://localhost/${path}`, body })));

describe('state', () => {
  it('is as after loading, a hundred requests later', async () => {
    const guest = await loadWorkerText(`
      let count = 0;
      globalThis.other = 0;
      addEventListener('fetch', (e) => e.respondWith(new Response([++count, ++other].join())));`);
    for (let turn = 0; turn < 100; turn++) expect(at(guest, '')).toMatchObject({ body: '1,1' });
  });

  it('keeps what top-level code made', async () => {
    const guest = await loadWorkerText(`
      const table = new Map(Array.from({ length: 10000 }, (_, i) => [i, { square: i * i }]));
      export default () => { const found = table.get(99).square; table.clear(); return new Response(found); };`);
    for (let turn = 0; turn < 3; turn++) expect(at(guest, '')).toMatchObject({ body: '9801' });
  });

  for (const [harm, description] of Object.entries(HARMS)) {
    it(`is fresh after ${description}`, async () => {
      const guest = await loadWorkerText(HARMFUL, { limits: { memory: 16 * 1024 * 1024 } });
      for (let turn = 0; turn < 5; turn++) {
        at(guest, harm);
        expect(at(guest, 'count')).toMatchObject({ status: 200, body: UNTOUCHED, stderr: '' });
      }
    });
  }

  it('runs out in a way the worker can catch, or that fails the request', async () => {
    const guest = await loadWorkerText(HARMFUL, { limits: { memory: 16 * 1024 * 1024 } });
    expect(at(guest, 'memory')).toMatchObject({ failure: expect.stringContaining('out of memory') });
    expect(at(guest, 'deep')).toMatchObject({
      failure: expect.stringContaining('Maximum call stack size exceeded'),
    });
    expect(at(guest, 'pending')).toMatchObject({ failure: expect.stringContaining('never settled') });
  });

  it('is fresh and complete when requests need a little more memory than the image had', async () => {
    const guest = await loadWorkerText(`let count = 0;
      const table = Array.from({ length: 1000 }, (_, n) => ({ n }));
      export default (request) => {
        count += 1;
        const kept = Array.from({ length: Number(request.url.split('/').pop()) }, () => new Array(100).fill(0));
        return new Response([count, kept.length, table[999].n, table.push(1)].join());
      };`);
    for (const rows of [1, 2000, 1, 2000, 2000, 1]) {
      expect(at(guest, String(rows))).toMatchObject({ body: `1,${rows},999,1001` });
    }
  });

  it('does not grow from request to request', async () => {
    const guest = await loadWorkerText(HARMFUL, { limits: { memory: 4 * 1024 * 1024 } });
    for (let turn = 0; turn < 100; turn++) expect(at(guest, 'grow')).toMatchObject({ body: UNTOUCHED });
  });
});

describe('a body of 64 MB', () => {
  const text = 'x'.repeat(64 * 1024 * 1024);

  it('passes where memory allows it', async () => {
    const guest = await loadWorkerText(
      `export default (request) => new Response(request.url.endsWith('echo') ? request.body : request.body.length);`,
      { limits: { memory: 256 * 1024 * 1024, output: 128 * 1024 * 1024 } },
    );
    expect(at(guest, 'length', text)).toMatchObject({ body: String(text.length) });
    const echo = at(guest, 'echo', text);
    expect('body' in echo && echo.body === text).toBe(true);
    expect(at(guest, 'length', 'small')).toMatchObject({ body: '5' });
  });

  it('fails one request where it does not', async () => {
    const guest = await loadWorkerText(`export default (request) => new Response(request.body.length);`, {
      limits: { memory: 32 * 1024 * 1024 },
    });
    expect(at(guest, '', text)).toMatchObject({ failure: expect.stringContaining('out of memory') });
    expect(at(guest, '', 'small')).toMatchObject({ body: '5' });
  });

  it('costs nothing when the worker does not look at it', async () => {
    const guest = await loadWorkerText(`export default () => new Response('unread');`, {
      limits: { memory: 32 * 1024 * 1024 },
    });
    expect(at(guest, '', text)).toMatchObject({ body: 'unread' });
  });
});

describe('what must not be put back', () => {
  it('is randomness: other numbers in every request, and at load', async () => {
    const guest = await loadWorkerText(`
      const atLoad = Math.random();
      export default () => new Response([atLoad, Math.random(), Math.random()].join());`);
    const seen = new Set<string>();
    for (let turn = 0; turn < 50; turn++) {
      const answer = at(guest, '');
      const numbers = 'body' in answer ? answer.body.split(',').slice(1) : [];
      for (const number of numbers) {
        seen.add(number);
        expect(Number(number)).toBeGreaterThanOrEqual(0);
        expect(Number(number)).toBeLessThan(1);
      }
    }
    expect(seen.size).toBe(100);
  });

  it('is the clock', async () => {
    const guest = await loadWorkerText(
      `export default () => new Response(JSON.stringify([Date.now(), performance.now()]));`,
    );
    const read = () => {
      const answer = at(guest, '');
      return JSON.parse('body' in answer ? answer.body : '') as [number, number];
    };
    const start = Date.now();
    const [first, monotonic] = read();
    expect(first).toBeGreaterThanOrEqual(start);
    while (Date.now() < start + 5) read();
    const [second, later] = read();
    expect(second).toBeGreaterThanOrEqual(start + 5);
    expect(second).toBeLessThanOrEqual(Date.now());
    expect(later).toBeGreaterThan(monotonic);
  });
});
