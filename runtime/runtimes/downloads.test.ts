import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificateFor, Upstream } from '#runtime/outbound/testdata/upstream.ts';
import { Downloads } from './downloads.ts';
import { npmRegistry, type Published, tarballOf } from './testdata/npm-registry.ts';

let place: string;
let published: Published;

beforeEach(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'downloads-'));
  await mkdir(path.join(place, 'home'));
  await mkdir(path.join(place, 'tmp'));
  const inner = await tarballOf({ 'lib/a.zip': 'in the archive' }, 'usr');
  const tarball = await tarballOf({
    'index.toml': 'an index',
    'dist/a.wasm': 'a binary',
    'dist/a.tar.gz': inner,
  });
  published = { name: '@scope/pack', version: '1.2.3-beta.1', tarball };
});

afterEach(() => rm(place, { recursive: true }));

async function read(
  url: string,
  {
    base = 'wws:/index.toml',
    registry,
    settings = [],
    environment = {},
  }: {
    readonly base?: string;
    readonly registry?: Upstream;
    readonly settings?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<string> {
  await writeFile(path.join(place, 'home/.npmrc'), settings.join('\n'));
  await using downloads = await Downloads.make({
    project: place,
    environment: {
      HOME: path.join(place, 'home'),
      npm_config_globalconfig: path.join(place, 'none'),
      ...(registry === undefined ? {} : { npm_config_registry: `http://127.0.0.1:${registry.port}` }),
      ...environment,
    },
  });
  return await text(await downloads.open(url, base));
}

const A = 'npm:@scope/pack@1.2.3-beta.1/dist/a.wasm';

describe('Downloads', () => {
  it('opens a file of a package, from the registry that npm was told of', async () => {
    await using registry = await npmRegistry(published);
    expect(await read(A, { registry })).toBe('a binary');
    expect(registry.seen.map(({ url }) => url)).toEqual([
      '/@scope%2fpack',
      '/@scope/pack/-/1.2.3-beta.1.tgz',
    ]);
  });

  it('fetches a package once for all its files, and leaves nothing behind', async () => {
    await using registry = await npmRegistry(published);
    const before = (await readdir(tmpdir())).filter((name) => name.startsWith('wws-npm-'));
    const environment = { HOME: place, npm_config_registry: `http://127.0.0.1:${registry.port}` };
    const downloads = await Downloads.make({ project: place, environment });
    for (const [file, content] of [
      ['dist/a.wasm', 'a binary'],
      ['index.toml', 'an index'],
    ] as const)
      expect(await text(await downloads.open(`npm:@scope/pack@1.2.3-beta.1/${file}`, 'wws:/'))).toBe(content);
    await downloads[Symbol.asyncDispose]();
    expect(registry.seen).toHaveLength(2);
    expect((await readdir(tmpdir())).filter((name) => name.startsWith('wws-npm-'))).toEqual(before);
  });

  it('opens a file in an archive, which a fragment names', async () => {
    await using registry = await npmRegistry(published);
    const url = 'npm:@scope/pack@1.2.3-beta.1/dist/a.tar.gz#usr/lib/a.zip';
    expect(await read(url, { registry })).toBe('in the archive');
    await expect(read(`${url}x`, { registry })).rejects.toThrow('its archive has no such file');
  });

  it('takes what an index in a package names beside itself', async () => {
    await using registry = await npmRegistry(published);
    const base = 'npm:@scope/pack@1.2.3-beta.1/index.toml';
    expect(await read('dist/a.wasm', { registry, base })).toBe('a binary');
    expect(await read('/dist/a.tar.gz#usr/lib/a.zip', { registry, base })).toBe('in the archive');
    expect(await read('../../../dist/a.wasm', { registry, base })).toBe('a binary');
  });

  it('sends a token to the registry it is for', async () => {
    await using registry = await npmRegistry(published, { token: 'secret' });
    await expect(read(A, { registry })).rejects.toThrow('the server answers 401');
    const settings = [`//127.0.0.1:${registry.port}/:_authToken=secret`];
    expect(await read(A, { registry, settings })).toBe('a binary');
  });

  it('sends no token along when the package lies elsewhere', async () => {
    await using elsewhere = await Upstream.start((_, response) => response.end(published.tarball));
    const tarballUrl = `http://127.0.0.1:${elsewhere.port}/x.tgz`;
    await using registry = await npmRegistry({ ...published, tarballUrl }, { token: 'secret' });
    const settings = [`//127.0.0.1:${registry.port}/:_authToken=secret`];
    expect(await read(A, { registry, settings })).toBe('a binary');
    expect(elsewhere.seen[0]?.rawHeaders.join().toLowerCase()).not.toContain('authorization');
  });

  it('asks a mirror for what it says lies in the public registry', async () => {
    const tarballUrl = 'https://registry.npmjs.org/@scope/pack/-/1.2.3-beta.1.tgz';
    await using registry = await npmRegistry({ ...published, tarballUrl });
    expect(await read(A, { registry })).toBe('a binary');
  });

  it('trusts the authorities that npm was told of, and no others', async () => {
    const tls = await certificateFor('IP:127.0.0.1');
    await using registry = await npmRegistry(published, { tls });
    const environment = { npm_config_registry: `https://127.0.0.1:${registry.port}` };
    await expect(read(A, { environment })).rejects.toThrow('self-signed certificate');
    await writeFile(path.join(place, 'ca.pem'), tls.cert);
    const settings = [`cafile=${path.join(place, 'ca.pem')}`];
    expect(await read(A, { environment, settings })).toBe('a binary');
  });

  it('goes through the proxy that is set', async () => {
    await using proxy = await Upstream.start((_, response) => response.end('by proxy'));
    const environment = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect(await read('http://far.test/x', { base: 'https://far.test/', environment })).toBe('by proxy');
    expect(proxy.seen[0]?.url).toBe('http://far.test/x');
  });

  it.each([
    ['npm:@scope/pack@1.2.4/dist/a.wasm', 'the registry has no version 1.2.4 of @scope/pack'],
    ['npm:@scope/pack@1.2.3-beta.1/dist/none', 'its archive has no such file'],
    ['npm:other@1.0.0/x', 'the server answers 404'],
    ['npm:@scope/pack@latest/dist/a.wasm', 'with an exact version'],
    ['npm:@scope/pack@^1.0.0/dist/a.wasm', 'with an exact version'],
    ['npm:../pack@1.2.3/a', 'with an exact version'],
    ['npm:@scope/pack@1.2.3-beta.1/../a', 'with an exact version'],
  ])('says what is wrong with %s', async (url, reason) => {
    await using registry = await npmRegistry(published);
    await expect(read(url, { registry })).rejects.toThrow(reason);
  });

  it('opens no package that is not what was published', async () => {
    await using registry = await npmRegistry({ ...published, integrity: 'sha512-AAAA' });
    await expect(read(A, { registry })).rejects.toThrow(
      'the package @scope/pack 1.2.3-beta.1 is not what the registry says it is (sha512-AAAA)',
    );
  });

  it('follows redirects, but not from a network that is safe to one that is not, nor for ever', async () => {
    await using target = await Upstream.start((_, response) => response.end('there'));
    const location = `http://127.0.0.1:${target.port}/`;
    const tls = await certificateFor('IP:127.0.0.1');
    const redirect =
      (to: string): RequestListener =>
      (_, response) =>
        void response.writeHead(302, { location: to }).end();
    await using plain = await Upstream.start(redirect(location));
    await using secure = await Upstream.start(redirect(location), { tls });
    await using endless = await Upstream.start(redirect('/again'));
    const base = 'https://far.test/';
    expect(await read(`http://127.0.0.1:${plain.port}/`, { base })).toBe('there');
    await writeFile(path.join(place, 'ca.pem'), tls.cert);
    const settings = [`cafile=${path.join(place, 'ca.pem')}`];
    await expect(read(`https://127.0.0.1:${secure.port}/`, { base, settings })).rejects.toThrow(
      'the server answers with a redirect to "http:"',
    );
    await expect(read(`http://127.0.0.1:${endless.port}/`, { base })).rejects.toThrow(
      'one redirect after the other',
    );
  });

  it('reads the files that wws comes with, and none beside them', async () => {
    expect(await read('python/1/poly.py')).toContain('class Request');
    await expect(read('../../main.ts')).rejects.toThrow('ENOENT');
    await expect(read('%2e%2e/%2e%2e/main.ts')).rejects.toThrow('ENOENT');
  });

  it('lets nobody name what lies nearer than they do', async () => {
    const file = pathToFileURL('/etc/hostname').href;
    for (const base of ['https://far.test/i', 'npm:a@1.0.0/i', 'wws:/index.toml'])
      await expect(read(file, { base })).rejects.toThrow(
        'an index from the network cannot name files of this machine',
      );
  });

  it('stops unpacking what ends too early', async () => {
    await writeFile(path.join(place, 'half.tar.gz'), published.tarball.subarray(0, 60));
    await writeFile(path.join(place, 'no.tar.gz'), gzipSync('no archive'.repeat(200)));
    const base = pathToFileURL(place).href;
    const half = pathToFileURL(path.join(place, 'half.tar.gz#x')).href.replace('%23', '#');
    await expect(read(half, { base })).rejects.toThrow('unexpected end of file');
    await expect(read(half.replace('half', 'no'), { base })).rejects.toThrow(/tar/i);
  });
});
