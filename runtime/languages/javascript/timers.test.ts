import { describe, expect, it } from 'vitest';
import type { GuestResult } from '#runtime/worker/guest.ts';
import { CallStopped } from '#runtime/worker/host-calls.ts';
import { HeldHost } from './testdata/held-host.ts';
import { evaluate, loadWorkerGuest, loadWorkerText, request, shown } from './worker-fixture.ts';

async function waiting(source: string): Promise<{ host: HeldHost; result: Promise<GuestResult> }> {
  const guest = await loadWorkerGuest(source);
  const host = new HeldHost();
  const result = guest.handle(request(), host);
  if (!(result instanceof Promise)) throw new Error(`It answered at once: ${JSON.stringify(shown(result))}`);
  return { host, result };
}

describe('setTimeout() and setInterval() (html.spec.whatwg.org#timers)', () => {
  it('run in the order of their times, then of their making, with microtasks in between', async () => {
    const { host, result } = await waiting(`export default () => new Promise((done) => {
      const order = [];
      setTimeout(() => done(Response.json(order)), 400_000);
      setTimeout((...args) => order.push(args.join()), 200_000, 'with', 'arguments');
      setTimeout(() => { order.push('first'); queueMicrotask(() => order.push('its microtask')); });
      setTimeout(() => order.push('second'), 0);
      const repeated = setInterval(() => { if (order.push('again') === 7) clearInterval(repeated); }, 100_000);
      clearTimeout(setTimeout(() => order.push('never'), 1));
      order.push('now');
    })`);
    while (host.alarm !== undefined) host.ring();
    expect(shown(await result)).toMatchObject({
      body: '["now","first","its microtask","second","again","with,arguments","again"]',
    });
  });

  it('come about in real time', async () => {
    expect(await evaluate(`new Promise((done) => setTimeout(done, 1, 'rang'))`)).toBe('rang');
  });

  it.each([
    ['NaN', 0],
    ['-5', 0],
    ['"7"', 7],
    ['2 ** 31', 0],
    ['undefined', 0],
    ['Infinity', 0],
    ['{ valueOf: () => 3 }', 3],
  ])('take %s for %d ms', async (delay, milliseconds) => {
    const { host, result } = await waiting(
      `export default () => new Promise((done) => setTimeout(() => done(new Response('')), ${delay}))`,
    );
    // The clock of the guest has gone on since it set the timer.
    expect(Math.ceil(host.alarm?.milliseconds ?? -1)).toBeLessThanOrEqual(milliseconds);
    expect(host.alarm?.milliseconds).toBeGreaterThan(milliseconds - 1);
    host.ring();
    expect((await result).ok).toBe(true);
  });

  it('give positive numbers, and take any value for one of them', async () => {
    expect(
      await evaluate(`[setTimeout(() => {}) > 0, setInterval(() => {}) > 0,
        [undefined, null, 'x', {}, -1, 1e9].map((id) => [clearTimeout(id), clearInterval(id)]).length]`),
    ).toEqual([true, true, 6]);
  });

  it.each(['"code"', 'undefined', '{}', ''])('refuse %s for a function', async (callback) => {
    expect(await evaluate(`(() => { try { setTimeout(${callback}); } catch (e) { return e.name } })()`)).toBe(
      'TypeError',
    );
  });

  it('report what a callback throws, and go on', async () => {
    const { host, result } = await waiting(`export default () => new Promise((done) => {
      setTimeout(() => { throw new RangeError('too far'); });
      setTimeout(() => done(new Response('fine')));
    })`);
    host.ring();
    host.ring();
    expect(shown(await result)).toMatchObject({
      body: 'fine',
      stderr: expect.stringMatching(/^Uncaught RangeError: too far\n +at .*worker\.js:2:/),
    });
  });

  it('are bounded in number', async () => {
    expect(
      await evaluate(`(() => { let set = 0; try { for (;;) { setTimeout(() => {}, 1000); set += 1; } }
        catch (error) { return [set, error.message]; } })()`),
    ).toEqual([4096, 'Cannot set a timer: 4096 of this request are set already']);
  });

  it('cannot be set while the worker is loaded', async () => {
    await expect(loadWorkerText(`setTimeout(() => {}); export default () => {};`)).rejects.toThrow(
      'Cannot set a timer outside of a request: top-level code runs once, when the worker is loaded',
    );
  });
});

describe('a request that waits for a timer', () => {
  const SLEEPER = `let count = 0;
    export default async (request) => {
      count += 1;
      await new Promise((wake) => setTimeout(wake, 1000));
      return new Response(count + request.url.slice(-2));
    }`;

  it('lets others run, each with a state of its own', async () => {
    const guest = await loadWorkerGuest(SLEEPER);
    const hosts = [new HeldHost(), new HeldHost(), new HeldHost()];
    const results = hosts.map((host, n) => guest.handle(request({ url: `http://h/${n}` }), host));
    for (const host of hosts.toReversed()) host.ring();
    const bodies = (await Promise.all(results)).map(shown);
    expect(bodies).toMatchObject([{ body: '1/0' }, { body: '1/1' }, { body: '1/2' }]);
  });

  it('is ended when its call is stopped', async () => {
    const { host, result } = await waiting(SLEEPER);
    host.ring(new CallStopped('it took longer than 5 ms and was stopped'));
    expect(shown(await result)).toEqual({ failure: 'it took longer than 5 ms and was stopped', stderr: '' });
  });

  it('fails at once when the last timer is gone and nothing can settle its promise', async () => {
    const { host, result } = await waiting(
      `export default () => { setTimeout(() => {}, 5); return new Promise(() => {}); }`,
    );
    host.ring();
    expect(shown(await result)).toMatchObject({ failure: 'The promise of a response never settled' });
    const cleared = await loadWorkerText(
      `export default () => { clearTimeout(setTimeout(() => {}, 5)); return new Promise(() => {}); }`,
    );
    expect(shown(cleared.handle(request()))).toMatchObject({
      failure: 'The promise of a response never settled',
    });
  });

  it('is over with its answer, and its timers with it', async () => {
    const guest = await loadWorkerGuest(`export default async () => {
      setInterval(() => console.log('ran'), 1);
      return new Response('done');
    }`);
    const host = new HeldHost();
    const result = guest.handle(request(), host);
    expect(shown(result as GuestResult)).toMatchObject({ body: 'done', stderr: '' });
    expect(host.alarm).toBeUndefined();
  });

  it('is fresh whatever the one before did to the objects that timers are made with', async () => {
    const guest = await loadWorkerGuest(`export default async (request) => {
      if (request.method === 'POST') {
        Array.prototype.splice = Array.prototype.shift = Promise.prototype.then = () => { throw new Error('patched'); };
        Object.defineProperty(Object.prototype, 'due', { get() { throw new Error('patched'); } });
      }
      await new Promise((wake) => setTimeout(wake, 1000));
      return new Response('fine');
    }`);
    for (let turn = 0; turn < 3; turn++) {
      const harmed = guest.handle(request({ method: 'POST' }), new HeldHost());
      if (!(harmed instanceof Promise)) expect(harmed.ok).toBe(false);
      const host = new HeldHost();
      const result = guest.handle(request(), host);
      host.ring();
      expect(shown(await result)).toMatchObject({ body: 'fine' });
    }
  });
});
