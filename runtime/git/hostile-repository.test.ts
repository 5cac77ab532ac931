import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Checkout, fetchRepository } from './fetch-repository.ts';
import { GitHttpServer } from './testdata/git-http-server.ts';
import { TestRepository } from './testdata/test-repository.ts';

let place: string;
let work: TestRepository;

beforeEach(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'wws-git-hostile-'));
  work = await TestRepository.make(path.join(place, 'work'));
});

afterEach(() => rm(place, { recursive: true }));

/** Serves what was made, and brings it. */
async function fetched(folder?: string): Promise<Checkout> {
  work.publish(path.join(place, 'served/x.git'));
  await using server = await GitHttpServer.start(path.join(place, 'served'));
  const none = { commit: undefined, tag: undefined, branch: undefined };
  return await fetchRepository({ url: server.url('x.git'), ...none, folder }, path.join(place, 'cache'));
}

/** What is in the cache afterwards beside checkouts. */
async function leftovers(): Promise<string[]> {
  const homes = await readdir(path.join(place, 'cache'));
  const within = await Promise.all(homes.map((home) => readdir(path.join(place, 'cache', home))));
  return within.flat().filter((name) => !/^[\da-f]{40}$/.test(name));
}

describe('a hostile repository', () => {
  it('has links that lead out, which stay links and are no folders to serve', async () => {
    const link = work.blob('../../../../etc');
    work.commitTree(work.tree(`120000 blob ${link}\tout`, `120000 blob ${work.blob('/etc')}\tabsolute`));
    const { boundary } = await fetched();
    expect(await readlink(path.join(boundary, 'out'))).toBe('../../../../etc');
    for (const folder of ['out', 'absolute']) {
      await rm(path.join(place, 'served'), { recursive: true });
      await expect(fetched(folder)).rejects.toThrow(`it has no folder "${folder}"`);
    }
  });

  it('has submodules, which nobody fetches', async () => {
    const modules =
      '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% hooked\n\tupdate = !touch hooked\n';
    const commit = '0123456789012345678901234567890123456789';
    work.commitTree(
      work.tree(
        `100644 blob ${work.blob(modules)}\t.gitmodules`,
        `100644 blob ${work.blob('served')}\tindex.js`,
        `160000 commit ${commit}\tx`,
      ),
    );
    const { boundary } = await fetched();
    expect((await readdir(boundary)).sort()).toEqual(['.gitmodules', 'index.js', 'x']);
    expect(await readdir(path.join(boundary, 'x'))).toEqual([]);
  });

  it('has attributes that ask for filters and encodings, which run nothing', async () => {
    await work.write('.gitattributes', '* filter=evil diff=evil merge=evil\n*.js ident\n');
    await work.write('index.js', 'served');
    work.git('config', 'filter.evil.smudge', 'touch hooked');
    work.commit('filters');
    const { boundary } = await fetched();
    expect(await readFile(path.join(boundary, 'index.js'), 'utf8')).toBe('served');
    expect((await readdir(boundary)).sort()).toEqual(['.gitattributes', 'index.js']);
  });

  it('has a tree named .git, or a name that leads out: it is not brought', async () => {
    for (const name of ['.git', '..']) {
      const tree = work.tree(`100755 blob ${work.blob('#!/bin/sh\ntouch hooked\n')}\tpost-checkout`);
      const hex = Buffer.from(tree, 'hex');
      const raw = Buffer.concat([Buffer.from(`40000 ${name}\0`), hex]);
      const bad = work.gitWith(raw, 'hash-object', '-w', '--stdin', '--literally', '-t', 'tree');
      work.commitTree(bad);
      await rm(path.join(place, 'served'), { recursive: true, force: true });
      await expect(fetched()).rejects.toThrow(/^Cannot serve "http/);
      expect(await leftovers()).toEqual([]);
    }
    expect((await readdir(place)).sort()).toEqual(['cache', 'served', 'work']);
  });

  it('has a file for every disk in a few trees: it is not checked out', async () => {
    // Ten in each of ten levels: ten billion files.
    let entry = `100644 blob ${work.blob('')}`;
    for (let level = 0; level < 10; level++) {
      const tree = work.tree(
        ...Array.from({ length: 10 }, (_, index) => `${entry}\t${'long name'.repeat(9)}${index}`),
      );
      entry = `040000 tree ${tree}`;
    }
    work.commitTree(entry.slice('040000 tree '.length));
    await expect(fetched()).rejects.toThrow(/: git has too much to say of it$/);
    expect(await leftovers()).toEqual([]);
  });

  it('has more files than a project may have: it is not checked out', async () => {
    const empty = work.blob('');
    const few = work.tree(...Array.from({ length: 400 }, (_, index) => `100644 blob ${empty}\t${index}`));
    work.commitTree(work.tree(...Array.from({ length: 300 }, (_, index) => `040000 tree ${few}\t${index}`)));
    await expect(fetched()).rejects.toThrow(/: it has more than 100000 files$/);
  });

  it('has files of gigabytes in a few bytes: it is not checked out', async () => {
    const zeroes = work.blob(Buffer.alloc(16 * 1024 * 1024));
    work.commitTree(
      work.tree(...Array.from({ length: 65 }, (_, index) => `100644 blob ${zeroes}\t${index}`)),
    );
    await expect(fetched()).rejects.toThrow(/: its files are larger than 1024 MiB$/);
    expect(await leftovers()).toEqual([]);
  });
});
