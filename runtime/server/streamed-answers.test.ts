import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TestServer, type TestServerOptions } from './testdata/test-server.ts';

let site: TestServer;

beforeEach(async () => {
  site = await TestServer.make();
});

afterEach(() => site[Symbol.asyncDispose]());

/** What the workers here begin with. */
const SOURCE = `const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));
const bytes = (text) => new TextEncoder().encode(text);
`;

async function serve(
  workers: Readonly<Record<string, string>>,
  options: TestServerOptions = {},
): Promise<void> {
  for (const [name, source] of Object.entries(workers)) await site.file(`${name}.js`, SOURCE + source);
  site.observe();
  await site.serve({ languages: 'real', ...options });
}

/** A worker whose stream sends `first`, and goes on once `/go` was asked for, which the store tells it. */
const WAITING = `export default () => new Response(new ReadableStream({
  async start(c) {
    c.enqueue(bytes('first '));
    while (!(await KV.get('go'))) await sleep(1);
    c.enqueue(bytes('last'));
    c.close();
  },
  async cancel(reason) { await KV.put('cancelled', reason.name); },
}));`;

const STORE = 'version = "1"\n[data]\n[data.kv]\nnamespace = "n"\n';
const GO = `export default async () => { await KV.put('go', '1'); return new Response('ok'); };`;
const LOOK = `export default async (request) => new Response(String(await KV.get('cancelled')));`;

async function serveWaiting(worker = WAITING, options: TestServerOptions = {}): Promise<void> {
  for (const name of ['index', 'go', 'look']) await site.file(`${name}.toml`, STORE);
  await serve({ index: worker, go: GO, look: LOOK }, options);
}

/** Of a body, its next chunk as text; undefined at its end. */
async function next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
  const { value } = await reader.read();
  return value && Buffer.from(value).toString();
}

function readerOf({ body }: Response): ReadableStreamDefaultReader<Uint8Array> {
  if (body === null) throw new Error('The answer has no body');
  return body.getReader();
}

/** The line of the request in the access log, once it is there. */
async function reported(): Promise<(typeof site.reports)[number]> {
  return await vi.waitUntil(() => site.reports.find(({ target }) => target === '/'), { timeout: 20_000 });
}

async function cancelled(): Promise<string> {
  return await vi.waitUntil(
    async () => {
      const name = await (await site.get('/look')).text();
      return name !== 'null' && name !== 'undefined' && name;
    },
    { timeout: 20_000 },
  );
}

async function rawSocket(request: string): Promise<Socket> {
  const socket = connect(site.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(request);
  return socket;
}

describe('an answer whose worker has to wait for a part of it', () => {
  it('is sent as it is made: the first chunk is there while the worker waits', async () => {
    await serveWaiting();
    const response = await site.get('/');
    const reader = readerOf(response);
    expect(await next(reader)).toBe('first ');
    expect(response.headers.get('content-length')).toBe(null);
    expect(site.reports).toEqual([]);
    await site.get('/go');
    expect([await next(reader), await next(reader)]).toEqual(['last', undefined]);
    expect(await reported()).toMatchObject({ status: 200, bytes: 10, outcome: 'answered' });
  });

  it('has its head before there is a chunk, as server-sent events need it', async () => {
    await serveWaiting(`export default () => {
      const { readable, writable } = new TransformStream();
      (async () => {
        const writer = writable.getWriter();
        while (!(await KV.get('go'))) await sleep(1);
        for (const n of [1, 2]) { await writer.write(bytes('data: ' + n + '\\n\\n')); await sleep(1); }
        await writer.close();
      })();
      return new Response(readable, { headers: { 'content-type': 'text/event-stream' } });
    };`);
    const response = await site.get('/');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    await site.get('/go');
    expect(await response.text()).toBe('data: 1\n\ndata: 2\n\n');
  });

  it('goes on side by side with many others', async () => {
    await serveWaiting();
    const readers = await Promise.all(Array.from({ length: 20 }, async () => readerOf(await site.get('/'))));
    expect(new Set(await Promise.all(readers.map(next)))).toEqual(new Set(['first ']));
    await site.get('/go');
    expect(new Set(await Promise.all(readers.map(next)))).toEqual(new Set(['last']));
  });

  it('sends what a handler prints before and meanwhile to the log', async () => {
    await serve({
      index: `export default () => { console.log('before'); return new Response(new ReadableStream({
        async start(c) { await sleep(1); console.log('meanwhile'); c.enqueue(bytes('x')); c.close(); },
      })); };`,
    });
    expect(await (await site.get('/')).text()).toBe('x');
    await vi.waitUntil(() => site.lines.some((line) => line.includes('meanwhile')));
    expect(site.lines.filter((line) => line.startsWith('index.js |'))).toEqual([
      'index.js | before',
      'index.js | meanwhile',
    ]);
  });

  it('has no body where there is none to be, and its stream is cancelled', async () => {
    await serveWaiting();
    const response = await site.get('/', { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
    expect(await cancelled()).toBe('AbortError');
  });

  it('stores what was changed until it began, and says that later changes are lost', async () => {
    await site.file('index.toml', STORE);
    await site.file('look.toml', STORE);
    await serve({
      index: `export default () => { Cache.set('a', 'before'); return new Response(new ReadableStream({
        async start(c) { await sleep(1); Cache.set('a', 'after'); c.enqueue(bytes('x')); c.close(); },
      })); };`,
      look: `export default () => new Response(Cache.get('a'));`,
    });
    expect(await (await site.get('/')).text()).toBe('x');
    expect(await (await site.get('/look')).text()).toBe('before');
    await vi.waitUntil(() => site.lines.some((line) => line.includes('Cache was changed while')));
  });
});

describe('an answer that streams', () => {
  it('ends for the client when its stream does, whatever the worker goes on with', async () => {
    await serveWaiting(`export default (request, env, context) => {
      context.waitUntil((async () => {
        while (!(await KV.get('go'))) await sleep(1);
        await KV.put('cancelled', 'went on');
      })());
      return new Response(new ReadableStream({
        async start(c) { await sleep(1); c.enqueue(bytes('all')); c.close(); },
      }));
    };`);
    expect(await (await site.get('/')).text()).toBe('all');
    await site.get('/go');
    expect(await cancelled()).toBe('went on');
  });

  it('does not keep others from a namespace that is theirs one after the other', async () => {
    await serveWaiting();
    await site.file('index.toml', `${STORE}consistency = "serial"\n`);
    await site.server?.reload();
    const readers = [readerOf(await site.get('/')), readerOf(await site.get('/'))];
    expect(await Promise.all(readers.map(next))).toEqual(['first ', 'first ']);
    await site.get('/go');
    expect(await Promise.all(readers.map(next))).toEqual(['last', 'last']);
  });

  it.each([
    ['what it changed is not stored', `Cache.set('a', 'x'.repeat(2_000_000));`, '{}'],
    ['it has too many headers', '', 'Array.from({ length: 2000 }, (_, n) => ["x-" + n, ""])'],
  ])('is a failure when %s, and is cancelled', async (_why, before, headers) => {
    await serveWaiting(`export default () => { ${before} return new Response(new ReadableStream({
      async start(c) { while (!(await KV.get('go'))) await sleep(1); },
      async cancel(reason) { await KV.put('cancelled', reason.name); },
    }), { headers: ${headers} }); };`);
    expect((await site.get('/')).status).toBe(500);
    expect(await cancelled()).toBe('AbortError');
  });

  it('ends with its connection for a client that knows no chunks', async () => {
    await serve({
      index: `export default () => new Response(new ReadableStream({
        async start(c) { for (const part of ['a', 'b']) { await sleep(1); c.enqueue(bytes(part)); } c.close(); },
      }));`,
    });
    const answer = await site.raw('GET / HTTP/1.0\r\nhost: h\r\n\r\n');
    expect(answer).not.toMatch(/transfer-encoding/i);
    expect(answer.slice(answer.indexOf('\r\n\r\n'))).toBe('\r\n\r\nab');
  });

  it('is finished on the workers it began with when the project is read anew', async () => {
    await serveWaiting();
    const reader = readerOf(await site.get('/'));
    expect(await next(reader)).toBe('first ');
    await site.file('index.js', `export default () => new Response('new');`);
    await site.server?.reload();
    expect(await (await site.get('/')).text()).toBe('new');
    await site.get('/go');
    expect(await next(reader)).toBe('last');
  });
});

describe('a client that is slow', () => {
  it('holds the worker up, which goes on when it reads again', { timeout: 60_000 }, async () => {
    await serveWaiting(
      `export default () => { let n = 0; return new Response(new ReadableStream({
        async pull(c) {
          if (n === 300) { c.close(); return; }
          n += 1;
          await KV.put('cancelled', String(n));
          c.enqueue(new Uint8Array(100_000));
        },
      })); };`,
      { worker: { output: 64 * 1024 * 1024, memory: 32 * 1024 * 1024 } },
    );
    const socket = await rawSocket('GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n');
    socket.pause();
    let made = -1;
    // It stands still: the same number several times in a row.
    await vi.waitUntil(
      async () => {
        const before = made;
        made = Number(await (await site.get('/look')).text());
        return made > 0 && made === before;
      },
      { timeout: 30_000, interval: 200 },
    );
    expect(made).toBeLessThan(300);
    let length = 0;
    socket.on('data', (chunk) => {
      length += chunk.length;
    });
    socket.resume();
    await once(socket, 'end');
    expect(length).toBeGreaterThan(30_000_000);
    expect(await reported()).toMatchObject({ bytes: 30_000_000, outcome: 'answered' });
  });
});

describe('a long answer', () => {
  it('needs no more memory than a short one, of text or bytes', async () => {
    const stream = (chunk: string): string => `export default () => { let n = 0;
      return new Response(new ReadableStream({ async pull(c) {
        if (n++ === 400) c.close(); else c.enqueue(${chunk});
      } })); };`;
    const worker = { output: 64 * 1024 * 1024, memory: 16 * 1024 * 1024 };
    await serve(
      {
        text: stream(`bytes(('é' + n).repeat(25_000).slice(0, 50_000))`),
        bytes: stream('new Uint8Array(100_000)'),
      },
      { worker },
    );
    expect((await (await site.get('/bytes')).bytes()).length).toBe(40_000_000);
    expect((await (await site.get('/text')).text()).length).toBe(20_000_000);
  });
});

describe('a client that goes away', () => {
  it('has the stream cancelled, and the request ends', async () => {
    await serveWaiting();
    const abort = new AbortController();
    const response = await site.get('/', { signal: abort.signal });
    expect(await next(readerOf(response))).toBe('first ');
    abort.abort();
    expect(await cancelled()).toBe('AbortError');
    expect(await reported()).toMatchObject({ outcome: 'gone', bytes: 6 });
  });
});

describe('a stream whose cancel() fails', () => {
  it('is told in the log, and nobody else is hurt', async () => {
    await serve({
      index: `export default () => new Response(new ReadableStream({
        async start(c) { c.enqueue(bytes('x')); await sleep(20_000); },
        cancel() { throw new Error('cannot stop'); },
      }));`,
      beside: `export default () => new Response('fine');`,
    });
    const abort = new AbortController();
    const reader = readerOf(await site.get('/', { signal: abort.signal }));
    expect(await next(reader)).toBe('x');
    abort.abort();
    await vi.waitUntil(() => site.lines.some((line) => line.includes('Error: cannot stop')), {
      timeout: 15_000,
    });
    expect(site.lines.join('\n')).toContain('There was an error cancelling the body of the answer:\n');
    expect(await (await site.get('/beside')).text()).toBe('fine');
  });
});

describe('an answer that cannot go on', () => {
  it.each([
    ['fails', `await sleep(1); throw new Error('broken');`, {}, /Error: broken/],
    ['gives no bytes', `await sleep(1); c.enqueue('text');`, {}, /a chunk that is no Uint8Array/],
    [
      'is longer than it may be',
      `await sleep(1); c.enqueue(new Uint8Array(5000));`,
      { output: 9_000 },
      /more than 9000 bytes/,
    ],
    ['takes longer than it may', `await sleep(60_000);`, { time: 200 }, /took longer than 200 ms/],
    ['keeps its thread busy', `await sleep(1); for (;;);`, { time: 200 }, /ran longer than 200 ms/],
    ['can never go on', `await sleep(1); await new Promise(() => {});`, {}, /never ended/],
  ])('is cut off when its stream %s', async (_how, source, worker, reason) => {
    await serve(
      {
        index: `export default () => { let n = 0; return new Response(new ReadableStream({
          async pull(c) { if (n++ === 0) { c.enqueue(bytes('first')); return; } ${source} },
        })); };`,
        beside: `export default () => new Response('fine');`,
      },
      { worker },
    );
    const response = await site.get('/');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(await reported()).toMatchObject({ outcome: 'failed', problem: expect.stringMatching(reason) });
    expect(site.lines.join('\n')).toMatch(/its answer was cut off/);
    expect(await (await site.get('/beside')).text()).toBe('fine');
  });
});

describe('a server that drains', () => {
  it('lets an answer go on to its end', async () => {
    await serveWaiting(
      `export default () => new Response(new ReadableStream({
        async start(c) { c.enqueue(bytes('first ')); await sleep(100); c.enqueue(bytes('last')); c.close(); },
      }));`,
    );
    const reader = readerOf(await site.get('/'));
    expect(await next(reader)).toBe('first ');
    const drained = site.server?.drain();
    expect([await next(reader), await next(reader)]).toEqual(['last', undefined]);
    await drained;
  });

  it('cuts it off when its time is over', async () => {
    await serveWaiting(WAITING, { limits: { drainMs: 50 } });
    const reader = readerOf(await site.get('/'));
    expect(await next(reader)).toBe('first ');
    await site.server?.drain();
    await expect(next(reader)).rejects.toThrow();
  });
});
