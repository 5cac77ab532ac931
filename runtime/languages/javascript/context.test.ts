import { describe, expect, it } from 'vitest';
import { CallStopped } from '#runtime/worker/host-calls.ts';
import { HeldHost, reply } from './testdata/held-host.ts';
import { loadWorkerGuest, loadWorkerText, request, shown } from './worker-fixture.ts';

/** A worker in each of its forms, whose handler's `waitUntil` is at hand. */
const FORMS = {
  'export default { fetch }': (body: string) =>
    `export default { async fetch(request, env, ctx) { const waitUntil = (p) => ctx.waitUntil(p); ${body} } };`,
  'export default function': (body: string) =>
    `export default async (request, env, ctx) => { const waitUntil = (p) => ctx.waitUntil(p); ${body} };`,
  addEventListener: (body: string) => `addEventListener('fetch', (event) => {
      const waitUntil = (p) => event.waitUntil(p);
      event.respondWith((async () => { ${body} })());
    });`,
};

describe('the arguments of a handler', () => {
  it('are the request, the variables, and the context', async () => {
    for (const form of ['{ fetch: handler }', 'handler']) {
      const guest = await loadWorkerText(
        `const handler = (request, env, ctx) => {
          ctx.passThroughOnException();
          return Response.json([request.method, env, typeof ctx.waitUntil, NAME]);
        };
        export default ${form};`,
        { vars: { NAME: 'value', 'not-a-name': 'x' } },
      );
      expect(shown(guest.handle(request()))).toMatchObject({
        body: '["GET",{"NAME":"value","not-a-name":"x"},"function","value"]',
      });
    }
  });
});

describe.each(Object.entries(FORMS))('waitUntil() of %s', (_name, form) => {
  it('lets the answer go first, and the worker go on after it', async () => {
    const guest = await loadWorkerGuest(
      form(`waitUntil(fetch('https://a.test/').then(async (r) => console.log(await r.text())));
        return new Response('first');`),
    );
    const host = new HeldHost();
    const result = await guest.handle(request(), host);
    expect(shown(result)).toMatchObject({ body: 'first', stderr: '' });
    host.questions[0]?.answer(reply('then this'));
    expect(Buffer.from((await result.rest)?.stderr ?? '').toString()).toBe('then this\n');
  });

  it('leaves nothing to wait for when all is done with the answer', async () => {
    const guest = await loadWorkerGuest(
      form(`waitUntil(Promise.resolve()); waitUntil(7); return new Response('');`),
    );
    const result = await guest.handle(request(), new HeldHost());
    expect(result.ok && result.rest).toBe(undefined);
  });

  it('holds after a failure as well', async () => {
    const guest = await loadWorkerGuest(
      form(`waitUntil(new Promise((done) => setTimeout(() => { console.log('reported'); done(); }, 5)));
        throw new Error('on purpose');`),
    );
    const host = new HeldHost();
    const result = await guest.handle(request(), host);
    expect(result).toMatchObject({ ok: false, reason: expect.stringContaining('on purpose') });
    host.ring();
    expect(Buffer.from((await result.rest)?.stderr ?? '').toString()).toBe('reported\n');
  });
});

describe('work after the answer', () => {
  const goOn = async (work: string) => {
    const guest = await loadWorkerGuest(`let count = 0;
      const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
      export default (request, env, ctx) => {
        count += 1;
        ctx.waitUntil((async () => { ${work} })());
        return new Response(String(count));
      };`);
    const host = new HeldHost();
    const result = await guest.handle(request(), host);
    const rest = async () => Buffer.from((await result.rest)?.stderr ?? '').toString();
    return { guest, host, result, rest };
  };

  it('may wait for timers and ask for more of it', async () => {
    const { host, rest } = await goOn(
      `await sleep(1); ctx.waitUntil(sleep(1).then(() => console.log('second'))); console.log('first');`,
    );
    host.ring();
    host.ring();
    expect(await rest()).toBe('first\nsecond\n');
  });

  it('is told of a rejection', async () => {
    const { host, rest } = await goOn(`await sleep(1); throw new Error('lost');`);
    host.ring();
    expect(await rest()).toMatch(/^A promise given to waitUntil\(\) was rejected:\nError: lost\n/);
  });

  it('is stopped with its call, which says so', async () => {
    const { host, result, rest } = await goOn(`await sleep(1); console.log('never');`);
    host.ring(new CallStopped('it took longer than 5 ms and was stopped'));
    expect(await rest()).toBe('Stopped after its answer: it took longer than 5 ms and was stopped\n');
    expect((await result.rest)?.limits).toEqual(['time']);
  });

  it('ends when there is nothing left that could settle it', async () => {
    const { host, rest } = await goOn(`await sleep(1); await new Promise(() => {});`);
    host.ring();
    expect(await rest()).toBe('');
  });

  it('keeps its instance from others, which are fresh', async () => {
    const { guest, host, rest } = await goOn(`await sleep(1); count += 10; console.log(count);`);
    for (let turn = 0; turn < 3; turn++) {
      const other = new HeldHost();
      const result = await guest.handle(request(), other);
      expect(shown(result)).toMatchObject({ body: '1' });
      other.ring();
      expect(Buffer.from((await result.rest)?.stderr ?? '').toString()).toBe('11\n');
    }
    host.ring();
    expect(await rest()).toBe('11\n');
  });
});
