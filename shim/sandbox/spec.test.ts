import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ShimError } from '../errors.ts';
import { JsonValue } from './json-value.ts';
import { parseSpec } from './spec.ts';
import { readSpec } from './spec-file.ts';

const parse = (config: unknown): ReturnType<typeof parseSpec> =>
  parseSpec(new JsonValue('config.json', config));
const minimal = { process: { args: ['.'], cwd: '/' } };

describe('parseSpec()', () => {
  it('fills in what a small spec leaves out', () => {
    const spec = parse(minimal);
    expect(spec.root).toEqual({ path: 'rootfs', readonly: false });
    expect(spec.process).toMatchObject({ terminal: false, rlimits: [], oomScoreAdj: undefined });
    expect(spec.process.user).toEqual({ uid: 0, gid: 0, umask: 0o022, additionalGids: [] });
    expect(spec.linux.linuxNamespaces).toEqual([]);
    expect(spec.hooks.prestart).toEqual([]);
  });

  it('reads what Docker writes', () => {
    const spec = parse({
      ...minimal,
      hostname: 'abc',
      mounts: [{ destination: '/data', type: 'bind', source: '/srv', options: ['rbind', 'ro'] }],
      hooks: { prestart: [{ path: '/proc/1/exe', args: ['setkey'], env: null, timeout: 3 }] },
      linux: {
        namespaces: [{ type: 'mount' }, { type: 'network', path: '/run/netns/x' }],
        resources: { memory: { limit: 134217728 }, cpu: { quota: 50000, period: 100000 }, pids: null },
        sysctl: { 'net.ipv4.ip_unprivileged_port_start': '0' },
      },
    });
    expect(spec.mounts[0]).toEqual({
      destination: '/data',
      type: 'bind',
      source: '/srv',
      options: ['rbind', 'ro'],
    });
    expect(spec.hooks.prestart[0]).toMatchObject({ args: ['setkey'], env: [], timeoutSeconds: 3 });
    expect(spec.linux.linuxNamespaces[1]).toEqual({ type: 'network', path: '/run/netns/x' });
    expect(spec.linux.resources).toMatchObject({ memory: { limit: 134217728 }, cpu: { quota: 50000 } });
  });

  it.each([
    [{ process: { args: [], cwd: '/' } }, 'process.args: expected at least one argument'],
    [{ process: { args: ['.', 7] } }, 'process.args[1]: expected a string, found 7'],
    [{ process: { args: ['a\0b'] } }, 'process.args[0]: expected a string without NUL'],
    [{ process: { args: ['.'], cwd: 'x' } }, 'process.cwd: expected an absolute path, found "x"'],
    [
      { process: { args: ['.'], user: { uid: 4294967295 } } },
      'process.user.uid: expected an integer from 0 to 4294967294, found 4294967295',
    ],
    [{ ...minimal, mounts: [{}] }, 'mounts[0].destination: expected a string, found nothing'],
    [{ ...minimal, linux: { namespaces: [{ type: 'x' }] } }, 'linux.namespaces[0].type: expected mount'],
    [{ ...minimal, linux: { resources: { unified: { '../x.y': '1' } } } }, 'linux.resources.unified.../x.y'],
    [{ ...minimal, hooks: { prestart: [{ path: 'x' }] } }, 'hooks.prestart[0].path: expected an absolute'],
    [[], 'it: expected an object'],
  ])('says where %j is wrong', (config, message) => {
    expect(() => parse(config)).toThrow(message);
  });

  it('takes any JSON or refuses it with a ShimError', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (process, linux) => {
        try {
          parse({ process, linux });
        } catch (error) {
          expect(error).toBeInstanceOf(ShimError);
        }
      }),
    );
  });
});

describe('readSpec()', () => {
  let bundle: string;
  beforeEach(async () => {
    bundle = await mkdtemp(path.join(tmpdir(), 'bundle-'));
  });
  afterEach(async () => rm(bundle, { recursive: true }));

  it('reads the bundle of a container', async () => {
    await writeFile(path.join(bundle, 'config.json'), JSON.stringify(minimal));
    expect(readSpec(bundle).process.args).toEqual(['.']);
  });

  it('names the file and the place of what is missing', async () => {
    await writeFile(path.join(bundle, 'config.json'), '{}');
    expect(() => readSpec(bundle)).toThrow(path.join(bundle, 'config.json'));
  });

  it('says when there is no spec', () => {
    const what = `Cannot read "${bundle}/config.json": no such file or directory`;
    expect(() => readSpec(bundle)).toThrow(what);
  });
});
