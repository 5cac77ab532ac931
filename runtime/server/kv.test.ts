import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RedisServer } from '#runtime/kv/testdata/redis-server.ts';
import { TestServer, type TestServerOptions } from './testdata/test-server.ts';

const held: AsyncDisposable[] = [];

afterEach(async () => {
  while (held.length > 0) await held.pop()?.[Symbol.asyncDispose]();
});

function keep<T extends AsyncDisposable>(thing: T): T {
  held.push(thing);
  return thing;
}

/** Counts up in its copy, as workers of wws do. */
const COUNT = `export default () => {
  const count = Number(Cache.get('count') ?? 0) + 1;
  Cache.set('count', count);
  return new Response(String(count));
};`;
/** The same by one step in the store. */
const STEP = `export default async () => new Response(String(await KV.increment('count')));`;
/** Stores what the query says, and answers with the status it says. */
const SET = `export default (request) => {
  const query = new URL(request.url).searchParams;
  for (const [key, value] of query) if (key !== 'status') Cache.set(key, value.replace('LARGE', 'x'.repeat(5000)));
  if (query.get('status') === 'throw') throw new Error('thrown');
  return new Response('set', { status: Number(query.get('status') ?? 200) });
};`;
const SHOW = `export default () => Response.json(Object.fromEntries(Cache.keys().map((key) => [key, Cache.get(key)])));`;
const CLEAR = `export default () => { for (const key of Cache.keys()) Cache.delete(key); return new Response(''); };`;

const WORKERS = { count: COUNT, step: STEP, set: SET, show: SHOW, clear: CLEAR };

function config(namespace: string, more = ''): string {
  return `version = "1"\n[data.kv]\nnamespace = "${namespace}"\n${more}`;
}

/** All workers above in one namespace, and one without a store. */
async function serve(more = '', options: TestServerOptions = {}): Promise<TestServer> {
  const server = keep(await TestServer.make());
  for (const [name, source] of Object.entries(WORKERS)) {
    await server.file(`${name}.js`, source);
    await server.file(`${name}.toml`, config('shared', more));
  }
  await server.file('other.js', SHOW);
  await server.file('other.toml', config('other'));
  await server.file('plain.js', 'export default () => new Response("plain");');
  await server.serve({ languages: 'real', ...options });
  return server;
}

async function text(server: TestServer, target: string): Promise<string> {
  return await (await server.get(target)).text();
}

async function shown(server: TestServer): Promise<unknown> {
  return JSON.parse(await text(server, '/show'));
}

async function many(server: TestServer, target: string, times: number): Promise<number[]> {
  // By POST: a GET whose thread stalls is run again.
  const answers = Array.from({ length: times }, () => server.get(target, { method: 'POST' }));
  const texts = await Promise.all(answers.map(async (answer) => await (await answer).text()));
  return texts.map(Number).sort((a, b) => a - b);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

describe('wws §1.2 K/V of a project', () => {
  it('is shared by workers that name the same namespace, and by no other', async () => {
    const server = await serve();
    expect(await text(server, '/count')).toBe('1');
    expect(await text(server, '/count')).toBe('2');
    expect(await shown(server)).toEqual({ count: '2' });
    expect(await text(server, '/other')).toBe('{}');
  });

  it('is replaced by what a worker answers with, error answers included', async () => {
    const server = await serve();
    await server.get('/set?a=1&b=2');
    await server.get('/set?a=3&status=500');
    expect(await shown(server)).toEqual({ a: '3', b: '2' });
    await server.get('/clear');
    expect(await shown(server)).toEqual({});
  });

  it('is left alone by a worker that fails', async () => {
    const server = await serve();
    await server.get('/set?a=1');
    expect((await server.get('/set?a=2&status=throw')).status).toBe(500);
    expect(await shown(server)).toEqual({ a: '1' });
  });

  it('outlives a reload of the project', async () => {
    const server = await serve();
    await text(server, '/count');
    await server.server?.reload();
    expect(await text(server, '/count')).toBe('2');
  });

  it('keeps what it had when a worker stores too much, which the log names', async () => {
    const server = await serve('[limits]\nstore = "4 KiB"\nvalue = "2 KiB"\n');
    await server.get('/set?a=1');
    expect((await server.get('/set?a=LARGE')).status).toBe(500);
    expect(await shown(server)).toEqual({ a: '1' });
    expect(server.lines.join('\n')).toContain(
      'The value of "a" in K/V namespace "shared" is larger than 2 KiB',
    );
  });

  it('is not there for a worker that names none', async () => {
    const server = keep(await TestServer.make());
    await server.file(
      'index.js',
      `export default async () => new Response(await KV.get('a').catch((e) => e.message));`,
    );
    await server.serve({ languages: 'real' });
    expect(await text(server, '/')).toContain('The worker has no K/V namespace');
  });
});

describe('attack 64: concurrent increments', () => {
  it('lose nothing where a worker asks for consistency "serial"', async () => {
    const server = await serve('consistency = "serial"\n');
    expect(await many(server, '/count', 200)).toEqual(upTo(200));
  });

  it('lose nothing by atomic steps, beside workers that replace the namespace', async () => {
    const server = await serve();
    expect(await many(server, '/step', 200)).toEqual(upTo(200));
  });

  it('lose nothing across servers that share a Redis', async () => {
    const redis = keep(await RedisServer.start());
    const operator = { kv: `redis://127.0.0.1:${redis.port}?prefix=test` };
    const serial = 'consistency = "serial"\n';
    const [one, two] = [await serve(serial, { operator }), await serve(serial, { operator })];
    const counts = await Promise.all([many(one, '/count', 50), many(two, '/count', 50)]);
    expect(counts.flat().sort((a, b) => a - b)).toEqual(upTo(100));
  });
});

describe('a store that is not there', () => {
  it('answers 503 to workers that need it and to no other, says so once, and is used again when it is back', async () => {
    const redis = keep(await RedisServer.start());
    const server = await serve('', { operator: { kv: `redis://127.0.0.1:${redis.port}?prefix=test` } });
    expect(await text(server, '/count')).toBe('1');
    await redis.stop();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const answer = await server.get('/count');
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
      expect(await answer.text()).not.toContain(String(redis.port));
    }
    expect(await text(server, '/plain')).toBe('plain');
    const complaints = server.lines.filter((line) => line.includes('is not available'));
    expect(complaints).toHaveLength(1);
    await redis.restart();
    await vi.waitFor(async () => expect((await server.get('/count')).status).toBe(200), { timeout: 10_000 });
    expect(server.lines.join('\n')).not.toContain('password');
  });

  it('attack 65: is one damaged file for nobody else', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'wws-kv-'));
    try {
      const file = path.join(folder, 'kv.db');
      await copyFile(import.meta.filename, file);
      const server = await serve('', { operator: { kv: `file:${file}` } });
      expect((await server.get('/count')).status).toBe(503);
      expect(await text(server, '/plain')).toBe('plain');
      expect(server.lines.join('\n')).toContain('is damaged or no database');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a store in a file', () => {
  it('is there again for the next server', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'wws-kv-'));
    try {
      const operator = { kv: `file:${path.join(folder, 'kv.db')}` };
      const first = await serve('', { operator });
      expect(await text(first, '/count')).toBe('1');
      await first.server?.drain();
      const second = await serve('', { operator });
      expect(await text(second, '/count')).toBe('2');
    } finally {
      while (held.length > 0) await held.pop()?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    }
  });
});
