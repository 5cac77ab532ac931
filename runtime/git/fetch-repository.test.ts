import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Checkout, fetchRepository } from './fetch-repository.ts';
import { type GitSource, isRepository } from './git-source.ts';
import { TestRepository } from './testdata/test-repository.ts';

let place: string;
let cache: string;
let url: string;
let work: TestRepository;
const commits: Record<string, string> = {};

async function commit(name: string, file: string, content: string): Promise<void> {
  await work.write(file, content);
  commits[name] = work.commit(name);
}

beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'wws-git-'));
  cache = path.join(place, 'cache');
  work = await TestRepository.make(path.join(place, 'work'));
  await commit('first', 'index.js', 'first');
  work.git('tag', '-a', 'v1', '-m', 'v1');
  await symlink('/etc', path.join(place, 'work/out'));
  await commit('second', 'apps/one/index.js', 'second');
  work.git('checkout', '-q', '-b', 'next');
  await commit('third', 'index.js', 'third');
  work.git('checkout', '-q', 'main');
  work.publish(path.join(place, 'x.git'));
  await writeFile(path.join(place, 'x.git/hooks/post-checkout'), '#!/bin/sh\ntouch hooked\n', {
    mode: 0o755,
  });
  url = pathToFileURL(path.join(place, 'x.git')).href;
});

afterAll(async () => rm(place, { recursive: true }));

function fetched(source: Partial<GitSource> = {}): Promise<Checkout> {
  const none = { commit: undefined, tag: undefined, branch: undefined, folder: undefined };
  return fetchRepository({ url, ...none, ...source }, cache);
}

const read = async ({ root }: Checkout): Promise<string> => readFile(path.join(root, 'index.js'), 'utf8');

describe('fetchRepository()', () => {
  it('brings the commit of HEAD, a branch, a tag, or a name, the commit first and the branch last', async () => {
    const [first, second, third] = [commits['first'], commits['second'], commits['third']];
    expect(await fetched()).toMatchObject({ commit: second });
    expect(await read(await fetched({ branch: 'next' }))).toBe('third');
    expect(await fetched({ branch: 'next', tag: 'v1' })).toMatchObject({ commit: first });
    expect(await fetched({ tag: 'v1', commit: third ?? '' })).toMatchObject({ commit: third });
    expect(await fetched({ commit: first?.slice(0, 9) ?? '' })).toMatchObject({ commit: first });
  });

  it('looks anew for what is wanted by a branch, and leaves what it brought before as it was', async () => {
    const before = await fetched();
    await commit('fourth', 'index.js', 'fourth');
    work.git('push', '-q', path.join(place, 'x.git'), 'main');
    const after = await fetched();
    expect([await read(before), await read(after)]).toEqual(['first', 'fourth']);
    expect(after.root).not.toBe(before.root);
  });

  it('leaves neither history nor scratch, and runs no hook', async () => {
    const { boundary } = await fetched();
    expect((await readdir(boundary)).sort()).toEqual(['apps', 'index.js', 'out']);
    expect((await readdir(path.dirname(boundary))).filter((name) => !/^[\da-f]{40}$/.test(name))).toEqual([]);
  });

  it('takes the same from several at once', async () => {
    const other = path.join(place, 'other-cache');
    const none = { commit: undefined, tag: undefined, branch: 'next', folder: undefined };
    const all = await Promise.all([1, 2, 3].map(() => fetchRepository({ url, ...none }, other)));
    expect(new Set(all.map(({ root }) => root)).size).toBe(1);
    expect(await readdir(path.dirname(all[0]?.root ?? ''))).toEqual([commits['third']]);
  });

  it('serves a folder of it, and none beside it', async () => {
    const { root, boundary } = await fetched({ folder: 'apps/one' });
    expect(root).toBe(path.join(boundary, 'apps/one'));
    await expect(fetched({ folder: '../..' })).rejects.toThrow(/the folder "\.\.\/\.\." lies outside$/);
    await expect(fetched({ folder: '/etc' })).rejects.toThrow(/lies outside$/);
    await expect(fetched({ folder: 'apps/../../x' })).rejects.toThrow(/lies outside$/);
    // The link leads to /etc of the repository, which is not there.
    await expect(fetched({ folder: 'out' })).rejects.toThrow(/it has no folder "out"$/);
    await expect(fetched({ folder: 'index.js' })).rejects.toThrow(/it has no folder "index.js"$/);
  });

  it.each([
    [{ branch: 'none' }, 'it has no branch "none"'],
    [{ tag: 'none' }, 'it has no tag "none"'],
    [{ commit: 'deadbeef' }, 'it has no commit "deadbeef"'],
    [{ url: 'file:///no/such/repository.git' }, 'does not appear to be a git repository'],
  ])('says what is missing: %j', async (source, reason) => {
    await expect(fetched(source)).rejects.toThrow(reason);
  });

  it.each([
    [{ branch: '--upload-pack=touch hooked' }],
    [{ branch: '-x' }],
    [{ tag: 'a..b' }],
    [{ tag: '*' }],
    [{ branch: 'a:b' }],
    [{ commit: '--help' }],
    [{ commit: 'HEAD' }],
    [{ url: 'ext::sh -c "touch hooked"' }],
    [{ url: 'ssh://-oProxyCommand=touch/x.git' }],
    [{ url: 'git://localhost/x.git' }],
    [{ url: '--upload-pack=x' }],
  ])('takes no words that git could take for others: %j', async (source) => {
    await expect(fetched(source)).rejects.toThrow(/^Cannot (use|fetch) "/);
  });

  it('does not repeat a password', async () => {
    const error = await fetched({ url: 'http://user:secret@127.0.0.1:1/x.git' }).catch((cause) => cause);
    expect(error.message).toMatch(/^Cannot serve "http:\/\/127\.0\.0\.1:1\/x\.git": /);
    expect(error.message).not.toContain('secret');
  });

  it('asks nobody for a password', async () => {
    const server = createServer((socket) => {
      socket.end(
        'HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Basic realm="x"\r\ncontent-length: 0\r\n\r\n',
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await expect(fetched({ url: `http://127.0.0.1:${port}/x.git` })).rejects.toThrow(
      /terminal prompts disabled/,
    );
    server.close();
  });

  it('follows no redirect to another protocol', async () => {
    const server = createServer((socket) => {
      socket.end(`HTTP/1.1 302 Found\r\nlocation: ${url}/info/refs\r\ncontent-length: 0\r\n\r\n`);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await expect(fetched({ url: `http://127.0.0.1:${port}/x.git` })).rejects.toThrow(/^Cannot serve/);
    server.close();
  });
});

describe('isRepository()', () => {
  it('tells URLs from paths', () => {
    const urls = ['https://a/b.git', 'file:///x.git', 'ssh://a/b', 'ext::sh'];
    expect(urls.every(isRepository)).toBe(true);
    expect(['.', './a', '/srv/x.git', 'C:', 'a:b'].some(isRepository)).toBe(false);
  });
});

describe('wws REPOSITORY', () => {
  it('says that git is missing', async () => {
    const main = path.join(import.meta.dirname, '../main.ts');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, url], {
      env: { PATH: '/nowhere', HOME: place },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said: string[] = [];
    child.stderr.setEncoding('utf8').on('data', (text) => said.push(text));
    expect((await once(child, 'close'))[0]).toBe(1);
    expect(said.join('')).toBe(`Cannot serve "${url}": the program "git" is not installed\n`);
  });
});
