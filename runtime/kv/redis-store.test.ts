import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { certificateFor } from '#runtime/outbound/testdata/upstream.ts';
import { RedisStore } from './redis-store.ts';
import { snapshotOf } from './snapshot.ts';
import { describeStore } from './store.contract.ts';
import type { RedisTarget } from './store-url.ts';
import { parseStoreUrl } from './store-url.ts';
import { RedisServer } from './testdata/redis-server.ts';
import { BOUNDS, PATIENCE } from './testdata/test-bounds.ts';

const server = await RedisServer.start();
afterAll(async () => await server[Symbol.asyncDispose]());

function target(more = 'prefix=shop'): RedisTarget {
  return parseStoreUrl(`redis://127.0.0.1:${server.port}/?${more}`) as RedisTarget;
}

describeStore('RedisStore', async () => new RedisStore(target(), PATIENCE));

function opened(more?: string): RedisStore & AsyncDisposable {
  const store = new RedisStore(target(more), { ...PATIENCE, stepMs: 2_000 });
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}

describe('RedisStore', () => {
  it('is shared by those who name the same prefix, and by nobody else', async () => {
    await using one = opened('prefix=one');
    await using same = opened('prefix=one');
    await using other = opened('prefix=one.two');
    await one.operate('n', { type: 'put', key: 'a', value: '1' }, BOUNDS);
    expect({ ...(await same.read('n', BOUNDS)) }).toEqual({ a: '1' });
    expect({ ...(await other.read('n', BOUNDS)) }).toEqual({});
  });

  it('gives a turn to one of all processes at a time, until it writes or releases it', async () => {
    await using one = opened();
    await using two = opened();
    const turn = await one.takeTurn('turns');
    expect(turn).toBeDefined();
    expect(await two.takeTurn('turns')).toBeUndefined();
    expect(await two.takeTurn('others')).toBeDefined();
    await turn?.release();
    const next = await two.takeTurn('turns');
    expect(next).toBeDefined();
    await two.write('turns', { type: 'replace', entries: snapshotOf([['a', '1']]), keep: [] }, BOUNDS, next);
    expect(await one.takeTurn('turns')).toBeDefined();
  });

  it('stores nothing of a turn that another has been given meanwhile', async () => {
    await using one = opened();
    const turn = await one.takeTurn('lost');
    const change = { type: 'replace', entries: snapshotOf([['a', '1']]), keep: [] } as const;
    const impostor = { token: 'another', release: async () => {} };
    await expect(one.write('lost', change, BOUNDS, impostor)).rejects.toMatchObject({ code: 'lost' });
    expect({ ...(await one.read('lost', BOUNDS)) }).toEqual({});
    await one.write('lost', change, BOUNDS, turn);
    expect({ ...(await one.read('lost', BOUNDS)) }).toEqual({ a: '1' });
  });

  it('fails at once while the server is gone, and works again when it is back', async () => {
    await using own = await RedisServer.start();
    const store = new RedisStore(
      parseStoreUrl(`redis://127.0.0.1:${own.port}?prefix=p`) as RedisTarget,
      PATIENCE,
    );
    const put = () => store.operate('n', { type: 'put', key: 'a', value: '1' }, BOUNDS);
    await put();
    await own.stop();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await expect(put()).rejects.toMatchObject({ code: 'unavailable' });
    }
    await own.restart();
    await vi.waitFor(put, { timeout: 10_000, interval: 50 });
    await store.close();
  });

  it('says that a password is needed without saying the one it has', async () => {
    await using own = await RedisServer.start({ args: ['--requirepass', 'right-one'] });
    const url = (password: string) => `redis://:${password}@127.0.0.1:${own.port}?prefix=p`;
    const wrong = new RedisStore(parseStoreUrl(url('wrong-one')) as RedisTarget, PATIENCE);
    const failure: unknown = await wrong.read('n', BOUNDS).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringContaining('WRONGPASS') });
    expect(`${String(failure)} ${wrong.name}`).not.toContain('wrong-one');
    await wrong.close();
    const right = new RedisStore(parseStoreUrl(url('right-one')) as RedisTarget, PATIENCE);
    expect({ ...(await right.read('n', BOUNDS)) }).toEqual({});
    await right.close();
  });

  it('speaks TLS to a server whose authority it is told, and to no other', async () => {
    const { key, cert } = await certificateFor('IP:127.0.0.1');
    const folder = await mkdtemp(path.join(tmpdir(), 'wws-redis-tls-'));
    try {
      const [keyFile, certFile] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
      await Promise.all([writeFile(keyFile, key), writeFile(certFile, cert)]);
      await using own = await RedisServer.start({ tls: { key: keyFile, cert: certFile } });
      const url = `rediss://127.0.0.1:${own.port}?prefix=p`;
      const trusting = new RedisStore(parseStoreUrl(`${url}&ca=${certFile}`) as RedisTarget, PATIENCE);
      expect({ ...(await trusting.read('n', BOUNDS)) }).toEqual({});
      await trusting.close();
      const wary = new RedisStore(parseStoreUrl(url) as RedisTarget, PATIENCE);
      await expect(wary.read('n', BOUNDS)).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/self[- ]signed/),
      });
      await wary.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
