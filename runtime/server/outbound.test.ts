import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { names } from '#runtime/outbound/testdata/sender.ts';
import { type Certificate, certificateFor, Upstream } from '#runtime/outbound/testdata/upstream.ts';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';
import { TestServer, type TestServerOptions } from './testdata/test-server.ts';

const held: AsyncDisposable[] = [];
let module: Buffer;
let tls: Certificate;
let modules: TestServer;

beforeAll(async () => {
  modules = await TestServer.make();
  const from = path.join(import.meta.dirname, '../worker/testdata');
  module = await readFile(await compileC({ source: 'sender', from, into: modules.root }));
  tls = await certificateFor('DNS:a.test');
});

afterAll(() => modules[Symbol.asyncDispose]());

afterEach(async () => {
  while (held.length > 0) await held.pop()?.[Symbol.asyncDispose]();
});

function keep<T extends AsyncDisposable>(thing: T): T {
  held.push(thing);
  return thing;
}

async function start(...args: Parameters<typeof Upstream.start>): Promise<Upstream> {
  return keep(await Upstream.start(...args));
}

type Files = Readonly<Record<string, string | Buffer>>;

/** A server of these files whose workers find `*.test` on loopback, which the operator allows. */
async function serve(files: Files, options: TestServerOptions = {}): Promise<TestServer> {
  const server = keep(await TestServer.make());
  for (const [name, content] of Object.entries(files)) await server.file(name, content);
  await server.serve({
    languages: 'real',
    operator: { egress: ['loopback'] },
    outbound: { resolver: names({}), ca: tls.cert },
    ...options,
  });
  return server;
}

function config(allowed: string, upstream = ''): string {
  return `version = "1"
[vars]
UPSTREAM = "${upstream}"
[features.http_requests]
allowed_hosts = ["${allowed}"]
allow_http = true
`;
}

/** A worker that sends the request it gets on, to UPSTREAM. */
const PROXY = `export default async (request) => {
  const { pathname } = new URL(request.url);
  return await fetch(UPSTREAM + pathname, { method: request.method, headers: request.headers, body: request.body });
}`;

describe('outbound requests of workers', () => {
  it.each(['http', 'https'])('reach other hosts by %s and come back whole', async (scheme) => {
    const upstream = await start(
      (_request, response) => {
        response.writeHead(
          203,
          [
            ['x-a', '1'],
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ].flat(),
        );
        response.end('answer');
      },
      scheme === 'https' ? { tls } : {},
    );
    const at = `${scheme}://a.test:${upstream.port}`;
    const server = await serve({
      'proxy.js': PROXY,
      'proxy.toml': config('a.test', at),
      'module.wasm': module,
      'module.toml': config('a.test', `${at}/module`),
    });
    const response = await server.get('/proxy', { method: 'POST', body: 'sent', headers: { 'x-b': '2' } });
    expect([response.status, await response.text()]).toEqual([203, 'answer']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(upstream.seen[0]).toMatchObject({ method: 'POST', url: '/proxy', body: 'sent' });
    expect(upstream.seen[0]?.rawHeaders.join('|').toLowerCase()).toContain('x-b|2');
    expect(await (await server.get('/module')).text()).toBe('1 0 203 1:answer x-a=1');
    expect(upstream.seen[1]).toMatchObject({ method: 'GET', url: '/module' });
  });

  it('do not wait for each other: one slow host holds up nobody, of whatever kind', async () => {
    const waiting: Array<() => void> = [];
    const arrived = Promise.withResolvers<void>();
    const slow = await start((_request, response) => {
      waiting.push(() => response.end('late'));
      if (waiting.length === 40) arrived.resolve();
    });
    const quick = await start();
    const server = await serve(
      {
        'slow.js': PROXY,
        'slow.toml': config('a.test', `http://a.test:${slow.port}`),
        'slow-module.wasm': module,
        'slow-module.toml': config('a.test', `http://a.test:${slow.port}`),
        'quick.js': PROXY,
        'quick.toml': config('a.test', `http://a.test:${quick.port}`),
        'quick-module.wasm': module,
        'quick-module.toml': config('a.test', `http://a.test:${quick.port}`),
        'count.js': 'let count = 0; export default () => new Response(String(++count));',
      },
      { worker: { requests: 20 } },
    );
    const late = Array.from({ length: 40 }, (_, i) => server.get(i % 2 === 0 ? '/slow' : '/slow-module'));
    await arrived.promise;
    for (let i = 0; i < 10; i++) {
      expect(await (await server.get('/quick')).text()).toBe('ok');
      expect(await (await server.get('/quick-module')).text()).toBe('1 0 200 1:ok');
      expect(await (await server.get('/count')).text()).toBe('1');
    }
    for (const answer of waiting) answer();
    const texts = await Promise.all(late.map(async (response) => (await response).text()));
    expect(new Set(texts)).toEqual(new Set(['late', '1 0 200 1:late']));
  });

  it('are ended with the time of their request: 504, and nothing stays open', async () => {
    const upstream = await start(() => {});
    const files = {
      'js.js': PROXY,
      'js.toml': config('a.test', `http://a.test:${upstream.port}`),
      'module.wasm': module,
      'module.toml': config('a.test', `http://a.test:${upstream.port}`),
    };
    // Long enough for the worker itself on a busy machine: it is the host that it is to wait for.
    const server = await serve(files, { worker: { time: 1000 } });
    for (const target of ['/js', '/module']) {
      expect((await server.get(target)).status).toBe(504);
      await upstream.idle();
    }
    expect(await (await server.get('/module/count')).status).toBe(404);
    expect(server.lines.join('')).toContain(
      'Error running worker "js.js" at route "/js": it took longer than 1000 ms',
    );
  });

  it('do not hide a worker that spins once it has its answer', async () => {
    const upstream = await start();
    const at = `http://a.test:${upstream.port}`;
    const server = await serve(
      {
        'js.js': `export default async () => { await fetch(UPSTREAM); for (;;); }`,
        'js.toml': config('a.test', at),
        'spin.wasm': module,
        'spin.toml': config('a.test', at),
        'other.js': `export default () => new Response('fine');`,
      },
      { worker: { time: 200 } },
    );
    for (const target of ['/js', '/spin']) {
      const spinning = server.get(target);
      expect(await (await server.get('/other')).text()).toBe('fine');
      expect((await spinning).status).toBe(504);
      expect(await (await server.get('/other')).text()).toBe('fine');
    }
  });

  it('leave no connection behind when the server stops', async () => {
    const upstream = await start();
    const server = await serve({
      'js.js': PROXY,
      'js.toml': config('a.test', `http://a.test:${upstream.port}`),
    });
    await server.get('/js');
    expect(upstream.sockets.size).toBe(1);
    await server.server?.drain();
    await upstream.idle();
  });

  it('are refused where the worker has no rules for them, and one line says what to change', async () => {
    const url = 'https://user:secret@a.test/secret?secret';
    const server = await serve({
      'js.js': `export default async () => new Response(await fetch('${url}').catch((error) => error.message));`,
      'module.wasm': module,
      'module.toml': config('b.test', url),
      'none.wasm': module,
      'none.toml': `version = "1"\n[vars]\nUPSTREAM = "${url}"\n`,
    });
    const refusal =
      "The host 'a.test' is not allowed for this worker. Please, update the worker configuration.";
    expect(await (await server.get('/js')).text()).toBe(`[Not allowed] ${refusal}`);
    expect(await (await server.get('/module')).text()).toBe(`1 0 error 3 ${refusal}`);
    expect(await (await server.get('/none')).text()).toBe(`1 0 error 3 ${refusal}`);
    const lines = server.lines.filter((line) => line.includes('Refused'));
    expect(lines.map((line) => line.trim())).toEqual(
      ['js.js', 'module.wasm', 'none.wasm'].map(
        (name) =>
          `Refused a request of worker "${name}" to "a.test": the host is not among allowed_hosts in [features.http_requests]`,
      ),
    );
    expect(server.lines.join('')).not.toContain('secret');
  });
});

describe('attack 61: a worker that asks its own server', () => {
  const SELF = 'export default async (request) => new Response(await (await fetch(request.url)).text());';
  const CATCHING =
    'export default async (request) => new Response(await fetch(request.url).catch((error) => error.message));';

  it('is refused, since that is loopback', async () => {
    const server = await serve({ 'self.js': CATCHING, 'self.toml': config('127.0.0.1') }, { operator: {} });
    expect(await (await server.get('/self')).text()).toBe(
      "[Not allowed] The host '127.0.0.1' is not allowed for this worker: its address is loopback",
    );
    expect(server.lines.join('')).toContain('the operator allows it with --egress loopback');
  });

  it('goes round as often as its limits allow where the operator opens loopback, and harms nobody', async () => {
    const server = await serve(
      {
        'self.js': SELF,
        'self.toml': config('127.0.0.1'),
        'other.js': `export default () => new Response('fine');`,
      },
      { worker: { time: 300, requests: 4, queue: 50 } },
    );
    const looping = server.get('/self');
    for (let i = 0; i < 20; i++) expect(await (await server.get('/other')).text()).toBe('fine');
    expect((await looping).status).toBeGreaterThanOrEqual(500);
    expect(await (await server.get('/other')).text()).toBe('fine');
    await server.server?.drain();
    // Each round has its line in the log: no more than the limits let in.
    expect(server.lines.filter((line) => line.includes('"GET /self')).length).toBeLessThanOrEqual(51);
  });
});

describe('attack 60: very many outbound requests', () => {
  it('of one request are bounded in number, and other workers are served', async () => {
    const upstream = await start(() => {});
    const many = `export default async () => {
      const all = Array.from({ length: 3_000 }, () => fetch('http://a.test:${upstream.port}/'));
      return new Response((await Promise.race(all.slice(300)).catch((error) => error.message)));
    }`;
    const server = await serve({
      'many.js': many,
      'many.toml': config('a.test'),
      'other.js': `export default () => new Response('fine');`,
    });
    expect(await (await server.get('/many')).text()).toBe(
      'Cannot ask the host: 256 questions of this request are open already',
    );
    expect(await (await server.get('/other')).text()).toBe('fine');
    await upstream.idle();
    expect(upstream.connections).toBeLessThanOrEqual(16);
  });

  it('of many requests wait for their turn, within the limit of the worker', async () => {
    const open: Array<() => void> = [];
    let most = 0;
    const upstream = await start((_request, response) => {
      open.push(() => response.end('ok'));
      most = Math.max(most, open.length);
      setImmediate(() => open.shift()?.());
    });
    const at = `http://a.test:${upstream.port}`;
    const server = await serve({
      'js.js': PROXY,
      'js.toml': config('a.test', at),
      'module.wasm': module,
      'module.toml': config('a.test', at),
    });
    const texts = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => (await server.get(i % 2 === 0 ? '/js' : '/module')).text()),
    );
    expect(new Set(texts)).toEqual(new Set(['ok', '1 0 200 1:ok']));
    expect(upstream.connections).toBeLessThanOrEqual(32);
    expect(most).toBeLessThanOrEqual(32);
  });
});

describe('attack 59: an answer larger than the limit', () => {
  it('is an error for the worker, and nothing else', async () => {
    const upstream = await start((_request, response) => response.end('x'.repeat(100_000)));
    const at = `http://a.test:${upstream.port}`;
    const server = await serve(
      {
        'js.js': `export default async () => new Response(await fetch(UPSTREAM).catch((error) => error.message));`,
        'js.toml': config('a.test', at),
        'module.wasm': module,
        'module.toml': config('a.test', at),
      },
      { worker: { response: 65_536 } },
    );
    const message = 'The body of the answer is larger than 64 KiB';
    expect(await (await server.get('/js')).text()).toBe(`[Invalid Response Body] ${message}`);
    expect(await (await server.get('/module')).text()).toBe(`1 0 error 2 ${message}`);
  });
});
