import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NpmConfig, readNpmConfig } from './npm-config.ts';

let place: string;

beforeEach(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'npm-config-'));
  await mkdir(path.join(place, 'home'));
  await mkdir(path.join(place, 'project'));
});

afterEach(() => rm(place, { recursive: true }));

async function npmrc(owner: 'home' | 'project', ...lines: readonly string[]): Promise<void> {
  await writeFile(path.join(place, owner, '.npmrc'), `${lines.join('\n')}\n`);
}

/** What this machine has for all its users does not count here. */
async function config(environment: Readonly<Record<string, string>> = {}): Promise<NpmConfig> {
  return await readNpmConfig(path.join(place, 'project'), {
    HOME: path.join(place, 'home'),
    npm_config_globalconfig: path.join(place, 'global'),
    ...environment,
  });
}

const registry = async (environment = {}, scope?: string): Promise<string> =>
  (await config(environment)).registryOf(scope).href;

const authorization = async (url: string, environment = {}): Promise<string | undefined> =>
  (await config(environment)).authorizationFor(new URL(url));

describe('readNpmConfig()', () => {
  it('asks the public registry when nobody says otherwise', async () => {
    expect(await registry()).toBe('https://registry.npmjs.org/');
    expect(await authorization('https://registry.npmjs.org/x')).toBeUndefined();
  });

  it('takes the registry from the environment, the project, the user, the machine, in this order', async () => {
    await writeFile(path.join(place, 'global'), 'registry=https://machine.test\n');
    expect(await registry()).toBe('https://machine.test/');
    await npmrc('home', '; a comment', '# another', 'registry = "https://user.test/npm"');
    expect(await registry()).toBe('https://user.test/npm/');
    await npmrc('project', 'registry=https://project.test/');
    expect(await registry()).toBe('https://project.test/');
    expect(await registry({ npm_config_registry: 'https://environment.test' })).toBe(
      'https://environment.test/',
    );
    expect(await registry({ NPM_CONFIG_REGISTRY: 'https://environment.test' })).toBe(
      'https://environment.test/',
    );
  });

  it('knows registries of scopes', async () => {
    await npmrc('home', '@mine:registry=https://mine.test');
    expect(await registry({}, '@mine')).toBe('https://mine.test/');
    expect(await registry({}, '@other')).toBe('https://registry.npmjs.org/');
  });

  it('refuses a registry that is none', async () => {
    await npmrc('project', 'registry=file:///etc/');
    await expect(registry()).rejects.toThrow(`npm's registry "file:///etc/" is no URL of http or https`);
  });

  it('gives tokens and passwords only to whom they were written down for', async () => {
    await npmrc(
      'home',
      `//a.test/npm/:_authToken=$\{TOKEN}`,
      '//b.test/:_auth=dTpw',
      '//c.test:8080/:username=u',
      `//c.test:8080/:_password=${Buffer.from('p').toString('base64')}`,
    );
    const environment = { TOKEN: 'secret' };
    expect(await authorization('https://a.test/npm/x/-/x.tgz', environment)).toBe('Bearer secret');
    expect(await authorization('https://a.test/other', environment)).toBeUndefined();
    expect(await authorization('https://evil.test/a.test/npm/', environment)).toBeUndefined();
    expect(await authorization('https://b.test/x')).toBe('Basic dTpw');
    expect(await authorization('http://c.test:8080/x')).toBe('Basic dTpw');
    expect(await authorization('http://c.test/x')).toBeUndefined();
  });

  it('takes nothing but registries from a project, and replaces no variable in them', async () => {
    await npmrc(
      'project',
      `registry=https://evil.test/$\{SECRET}/`,
      '//user.test/:_authToken=stolen',
      'cafile=/etc/hostname',
      'https-proxy=http://evil.test',
    );
    const found = await config({ SECRET: 'secret' });
    expect(found.registryOf(undefined).href).not.toContain('secret');
    expect(found.authorizationFor(new URL('https://user.test/'))).toBeUndefined();
    expect(found.environment['HTTPS_PROXY']).toBeUndefined();
  });

  it('knows authorities and proxies', async () => {
    const authority = '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n';
    await writeFile(path.join(place, 'ca.pem'), authority);
    await npmrc('home', `cafile=${path.join(place, 'ca.pem')}`, 'proxy=http://proxy.test', 'noproxy=a.test');
    const { authorities, environment } = await config();
    expect(authorities).toEqual([authority]);
    expect(environment).toMatchObject({
      HTTP_PROXY: 'http://proxy.test',
      HTTPS_PROXY: 'http://proxy.test',
      NO_PROXY: 'a.test',
    });
  });
});
