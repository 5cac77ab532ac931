import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, fetchRepository } from './fetch-repository.ts';
import type { GitSource } from './git-source.ts';
import { GitHttpServer } from './testdata/git-http-server.ts';
import { TestRepository } from './testdata/test-repository.ts';

let place: string;
let server: GitHttpServer;
let first: string;
let second: string;

beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'wws-git-http-'));
  const work = await TestRepository.make(path.join(place, 'work'));
  await work.write('index.js', 'first');
  first = work.commit('first');
  work.git('tag', '-a', 'v1', '-m', 'v1');
  await work.write('apps/one/index.js', 'one');
  await work.write('index.js', 'second');
  second = work.commit('second');
  work.git('checkout', '-q', '-b', 'next');
  await work.write('index.js', 'next');
  work.commit('third');
  work.git('checkout', '-q', 'main');
  work.publish(path.join(place, 'served/x.git'));
  server = await GitHttpServer.start(path.join(place, 'served'));
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(place, { recursive: true });
});

let caches = 0;

/** Fetches into a cache of its own. */
function fetched(source: Partial<GitSource> = {}): Promise<Checkout> {
  const none = { commit: undefined, tag: undefined, branch: undefined, folder: undefined };
  caches += 1;
  return fetchRepository(
    { url: server.url('x.git'), ...none, ...source },
    path.join(place, `cache-${caches}`),
  );
}

const read = async ({ root }: Checkout): Promise<string> => readFile(path.join(root, 'index.js'), 'utf8');

describe('fetchRepository() over http', () => {
  it('brings HEAD, a branch, a tag, a commit, the beginning of one, and a folder', async () => {
    expect(await read(await fetched())).toBe('second');
    expect(await read(await fetched({ branch: 'next' }))).toBe('next');
    expect(await fetched({ tag: 'v1' })).toMatchObject({ commit: first });
    // No branch ends there, and the server does not give commits by their names.
    const old = await fetched({ commit: first });
    expect([old.commit, await read(old)]).toEqual([first, 'first']);
    expect(await fetched({ commit: second.slice(0, 10) })).toMatchObject({ commit: second });
    expect(await read(await fetched({ folder: 'apps/one' }))).toBe('one');
  });

  it('has no need of the server for a commit that is here', async () => {
    const { commit } = await fetched();
    const cache = path.join(place, `cache-${caches}`);
    const before = server.asked.length;
    const none = { tag: undefined, branch: undefined, folder: undefined };
    expect(await fetchRepository({ url: server.url('x.git'), ...none, commit }, cache)).toMatchObject({
      commit,
    });
    expect(server.asked.length).toBe(before);
  });

  it('says what is missing there', async () => {
    await expect(fetched({ branch: 'none' })).rejects.toThrow('it has no branch "none"');
    await expect(fetched({ commit: 'deadbeef' })).rejects.toThrow('it has no commit "deadbeef"');
    await expect(fetched({ url: server.url('none.git') })).rejects.toThrow(
      new RegExp(`^Cannot serve "${server.url('none.git')}": repository '.*' not found$`),
    );
    expect(await readdir(path.join(place, 'served'))).toEqual(['x.git']);
  });

  it('gives the password of its URL to a server that asks, and repeats it to nobody', async () => {
    await using guarded = await GitHttpServer.start(path.join(place, 'served'), 'sesame');
    const secret = await fetched({ url: guarded.url('x.git', 'reader:sesame') });
    expect(await read(secret)).toBe('second');
    const wrong = await fetched({ url: guarded.url('x.git', 'reader:guess') }).catch((cause) => cause);
    expect(wrong.message).toMatch(/^Cannot serve "http:\/\/127\.0\.0\.1:\d+\/x\.git": /);
    expect(wrong.message).not.toContain('guess');
  });
});
