import { describe, expect, it } from 'vitest';
import type { GuestResult } from '#runtime/worker/guest.ts';
import { HeldHost, reply } from './testdata/held-host.ts';
import { loadWorkerGuest, request, type Shown, shown } from './worker-fixture.ts';

const PATHS = `export default async (request) => {
  const response = await fetch('https://a.test' + new URL(request.url).pathname);
  return new Response(await response.text());
}`;

function asked(path: string) {
  return request({ url: `http://localhost${path}` });
}

async function later(result: GuestResult | Promise<GuestResult>): Promise<Shown> {
  expect(result).toBeInstanceOf(Promise);
  return shown(await result);
}

/** What a worker's fetch comes to, where `code` is of an expression and the host answers `answer`. */
async function fetched(code: string, answer = reply('')) {
  const guest = await loadWorkerGuest(
    `export default async (request) => Response.json({ value: await (async () => (${code}))().catch((e) => e.message) })`,
  );
  const host = new HeldHost();
  const result = guest.handle(request(), host);
  for (const question of host.questions) question.answer(answer);
  const answered = shown(await result);
  if ('failure' in answered) throw new Error(answered.failure);
  return { sent: host.questions.map((question) => question.request), value: JSON.parse(answered.body).value };
}

describe('a JavaScript worker that waits for the host', () => {
  it('lets others run, each with a state of its own, and answers in whatever order answers come', async () => {
    const guest = await loadWorkerGuest(PATHS);
    const host = new HeldHost();
    const results = ['/1', '/2', '/3'].map((path) => guest.handle(asked(path), host));
    for (const path of ['/3', '/1', '/2']) host.at(path).answer(reply(`answer to ${path}`));
    const bodies = await Promise.all(results.map(later));
    expect(bodies).toMatchObject([1, 2, 3].map((n) => ({ body: `answer to /${n}` })));
  });

  it('sees fresh state after any end of the one before', async () => {
    const guest = await loadWorkerGuest(`let count = 0;
      export default async (request) => {
        count += 1;
        const seen = count;
        const text = await (await fetch(request.url)).text();
        if (text === 'throw') throw new Error('thrown');
        if (text === 'recurse') (function again() { return again() + 1; })();
        return new Response(String(seen));
      }`);
    for (const text of ['ok', 'throw', 'stop', 'recurse', 'ok', 'refuse', 'ok']) {
      const host = new HeldHost();
      const result = guest.handle(request(), host);
      const [question] = host.questions;
      if (text === 'stop') question?.stop();
      else if (text === 'refuse') question?.answer({ ok: false, code: 'timeout', message: 'late' });
      else question?.answer(reply(text));
      const end = await later(result);
      if (text === 'ok') expect(end).toMatchObject({ body: '1' });
      else expect(end).toHaveProperty('failure');
    }
  });

  it('is ended when its call is stopped, and its code sees nothing of it', async () => {
    const guest = await loadWorkerGuest(`export default async (request) => {
      try { await fetch(request.url); } finally { console.log('went on'); }
    }`);
    const host = new HeldHost();
    const result = guest.handle(request(), host);
    host.questions[0]?.stop();
    expect(await later(result)).toEqual({ failure: 'it took longer than 5 ms and was stopped', stderr: '' });
  });

  it('is over when it has answered, and what comes later reaches nobody', async () => {
    const guest = await loadWorkerGuest(`let late = 'none';
      export default (request) => {
        fetch(request.url).then(() => { late = 'some'; });
        return new Response(late);
      }`);
    for (let i = 0; i < 3; i++) {
      const host = new HeldHost();
      expect(shown((await guest.handle(request(), host)) as GuestResult)).toMatchObject({ body: 'none' });
      host.questions[0]?.answer(reply('late'));
      await Promise.resolve();
    }
  });

  it('fails when an answer of the host leaves it with nothing more to wait for', async () => {
    const guest = await loadWorkerGuest(
      'export default async (request) => { await fetch(request.url); await new Promise(() => {}); }',
    );
    const host = new HeldHost();
    const result = guest.handle(request(), host);
    host.questions[0]?.answer(reply(''));
    expect(await later(result)).toMatchObject({ failure: 'The promise of a response never settled' });
  });

  it('may have a bounded number of questions open', async () => {
    const code = 'Promise.allSettled(Array.from({ length: 300 }, () => fetch("https://a.test/")))';
    const { sent, value } = await fetched(`(await ${code}).map((e) => e.reason?.message ?? e.status)`);
    expect(sent).toHaveLength(256);
    expect(value.slice(0, 256)).toEqual(Array(256).fill('fulfilled'));
    expect(value[256]).toBe('Cannot ask the host: 256 questions of this request are open already');
  });

  it('cannot ask while it is loaded', async () => {
    await expect(loadWorkerGuest(`await fetch('https://a.test/'); export default () => {}`)).rejects.toThrow(
      'Cannot ask the host outside of a request: top-level code runs once, when the worker is loaded',
    );
  });
});

describe('fetch()', () => {
  it('sends method, headers with repeats, and bodies of every kind', async () => {
    const { sent } = await fetched(`await Promise.all([
      fetch('https://a.test/x?y#z'),
      fetch(new URL('https://a.test/'), { method: 'PROPFIND', headers: [['a', '1'], ['b', '2'], ['A', '3']] }),
      fetch('https://a.test/', { method: 'post', headers: { 'content-type': 'text/x' }, body: 'é' }),
      fetch('https://a.test/', { method: 'PUT', body: new Uint8Array([0, 255]) }),
      fetch('https://a.test/', { method: 'PUT', body: new Uint8Array([1, 2]).buffer }),
      fetch('https://a.test/', { method: 'PUT', body: new URLSearchParams({ a: 'b c' }) }),
      fetch(new Request('https://a.test/r', { method: 'DELETE', headers: new Headers({ h: 'v' }) }), { redirect: 'manual' }),
    ])`);
    const form = 'application/x-www-form-urlencoded;charset=UTF-8';
    expect(
      sent.map(({ body, ...rest }) => ({ ...rest, body: body && Buffer.from(body).toString('latin1') })),
    ).toEqual(
      [
        { method: 'GET', url: 'https://a.test/x?y#z' },
        {
          method: 'PROPFIND',
          headers: [
            ['a', '1'],
            ['a', '3'],
            ['b', '2'],
          ],
        },
        { method: 'POST', headers: [['content-type', 'text/x']], body: '\xc3\xa9' },
        { method: 'PUT', body: '\x00\xff' },
        { method: 'PUT', body: '\x01\x02' },
        { method: 'PUT', headers: [['content-type', form]], body: 'a=b+c' },
        { method: 'DELETE', url: 'https://a.test/r', headers: [['h', 'v']], redirect: 'manual' },
      ].map((parts) => ({
        url: 'https://a.test/',
        headers: [],
        body: undefined,
        redirect: 'follow',
        decode: true,
        ...parts,
      })),
    );
  });

  it('sends the request of the worker itself on, whatever its bytes', async () => {
    const guest = await loadWorkerGuest(
      `export default (request) => fetch(new Request(request, { method: 'PUT' }))`,
    );
    const host = new HeldHost();
    const bytes = Uint8Array.of(0, 1, 0xff);
    const result = guest.handle(request({ method: 'POST', headers: { a: 'b' }, bytes }), host);
    expect(host.questions[0]?.request).toMatchObject({ method: 'PUT', headers: [['a', 'b']], body: bytes });
    host.questions[0]?.answer(
      reply('passed on', {
        status: 203,
        headers: [
          ['x-a', '1'],
          ['set-cookie', 'a=1'],
          ['set-cookie', 'b=2'],
        ],
      }),
    );
    expect(await later(result)).toMatchObject({
      status: 203,
      headers: { 'x-a': '1', 'set-cookie': ['a=1', 'b=2'] },
      body: 'passed on',
    });
  });

  it('gives a response with all that came', async () => {
    const answer = reply('{"a":1}', {
      url: 'https://b.test/end',
      redirected: true,
      status: 404,
      statusText: 'Gone Fishing',
      headers: [
        ['x', '1'],
        ['set-cookie', 'a=1'],
        ['x', 'é'],
        ['set-cookie', 'b=2'],
      ],
    });
    const { value } = await fetched(
      `fetch('https://a.test/').then(async (r) => [r.status, r.statusText, r.ok, r.url, r.redirected, r.headers.get('X'),
        r.headers.getSetCookie(), await r.json(), await r.text(), [...await r.bytes()].length,
        (await r.arrayBuffer()) instanceof ArrayBuffer, r.clone().url, String(r)])`,
      answer,
    );
    const body = '{"a":1}';
    expect(value).toEqual([
      404,
      'Gone Fishing',
      false,
      'https://b.test/end',
      true,
      '1, é',
      ['a=1', 'b=2'],
      { a: 1 },
      body,
      7,
      true,
      'https://b.test/end',
      body,
    ]);
  });

  it.each([
    ['invalid-request', 'Invalid Request'],
    ['invalid-request-body', 'Invalid Request Body'],
    ['invalid-response-body', 'Invalid Response Body'],
    ['not-allowed', 'Not allowed'],
    ['internal-error', 'Internal Error'],
    ['timeout', 'Request Timeout'],
    ['redirect-loop', 'Redirect Loop'],
  ] as const)('rejects for %s with the tag [%s]', async (code, tag) => {
    const { value } = await fetched(`fetch('https://a.test/')`, { ok: false, code, message: 'the reason' });
    expect(value).toBe(`[${tag}] the reason`);
  });

  it('rejects a URL that is none, and a redirect mode that is none', async () => {
    expect((await fetched(`fetch('nonsense')`)).value).toBe(
      '[Invalid Request] Cannot parse the URL "nonsense"',
    );
    expect((await fetched(`fetch('https://a.test/', { redirect: 'x' })`)).value).toBe(
      'Invalid redirect mode "x": expected follow, manual or error',
    );
  });
});
