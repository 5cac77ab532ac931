import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { loadWorkerConfig, parseWorkerConfig, WorkerConfigError } from './worker-config.ts';

const VERSION = 'version = "1"\n';

async function failure(text: string): Promise<string> {
  const error: unknown = await parseWorkerConfig(text, 'a.toml', {}).catch((reason: unknown) => reason);
  if (!(error instanceof WorkerConfigError)) throw new Error('no WorkerConfigError');
  return error.message;
}

describe('wws §5 worker configuration: parseWorkerConfig()', () => {
  it('reads name, vars and folders', async () => {
    const text = `name = "n"\n${VERSION}[vars]\nA = "x"\n[[folders]]\nfrom = "./d"\nto = "/d"\n[[folders]]\nto = "/e"\n`;
    expect(await parseWorkerConfig(text, 'a.toml', {})).toEqual({
      name: 'n',
      vars: { A: 'x' },
      folders: [
        { from: './d', to: '/d' },
        { from: '', to: '/e' },
      ],
      http: NO_REQUESTS,
      binaryBodies: false,
      snapshot: true,
      kv: undefined,
      limits: {},
      warnings: [],
    });
  });

  it('takes $NAME for a variable of the container, and nothing else', async () => {
    const text = `${VERSION}[vars]\nA = "$KEY"\nB = "$UNSET"\nC = "$KEY x"\nD = "x$KEY"\nE = "$WWS_TOKEN"\n`;
    const { vars } = await parseWorkerConfig(text, 'a.toml', { KEY: 'secret', WWS_TOKEN: 'ours' });
    expect(vars).toEqual({ A: 'secret', B: '', C: '$KEY x', D: 'x$KEY', E: '' });
  });

  it('reads hosts, store and limits', async () => {
    const text = `${VERSION}snapshot = false\n[data.kv]\nnamespace = "n"\nconsistency = "serial"
[features.http_requests]\nallowed_hosts = ["a.test"]\nallowed_methods = ["GET"]\nallow_http = true
[features]\nbinary_bodies = true
[limits]\nmemory = "64 MiB"\ntime = "5 s"\nqueue = 3\nlog = 0\n`;
    expect(await parseWorkerConfig(text, 'a.toml', {})).toMatchObject({
      kv: { namespace: 'n', consistency: 'serial' },
      http: { allowedHosts: ['a.test'], allowedMethods: ['GET'], allowHttp: true },
      binaryBodies: true,
      snapshot: false,
      limits: { memory: 64 * 1024 * 1024, time: 5000, queue: 3, log: 0 },
      warnings: [],
    });
  });

  it('allows no host and the usual methods when it says nothing of them', async () => {
    const { http, kv } = await parseWorkerConfig(`${VERSION}[features.http_requests]\n`, 'a.toml', {});
    expect(http).toEqual({
      allowedHosts: [],
      allowedMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowHttp: false,
    });
    expect(kv).toBeUndefined();
  });

  it('warns of keys it does not know', async () => {
    const text = `${VERSION}colour = "red"\n[data.kv]\nnamespace = "n"\nttl = 1\n[features]\nx = 1\n[limits]\ncpu = 1\n`;
    expect((await parseWorkerConfig(text, 'a.toml', {})).warnings).toEqual([
      'a.toml:2:1: "colour" is no known key',
      'a.toml:7:1: "features.x" is no known key',
      'a.toml:5:1: "data.kv.ttl" is no known key',
      'a.toml:9:1: "limits.cpu" is no known key',
    ]);
  });

  it.each([
    ['version = \n', 'a.toml:1:11: Invalid TOML: invalid value'],
    ['name = "x"\n', 'a.toml:1:1: Missing "version": write version = "1"'],
    ['name = "x"\nversion = 1\n', 'a.toml:2:1: "version" must be a string such as "1", not a number'],
    [`${VERSION}name = 3\n`, 'a.toml:2:1: "name" must be a string, not a number'],
    [`${VERSION}[vars]\nA = "x"\n  B = 2\n`, 'a.toml:4:3: "vars.B" must be a string, not a number'],
    [`${VERSION}vars = "x"\n`, 'a.toml:2:1: "vars" must be a table, not a string'],
    [`${VERSION}vars.A = [1]\n`, 'a.toml:2:1: "vars.A" must be a string, not a list'],
    [`${VERSION}[vars]\n"A=B" = "x"\n`, 'a.toml:3:1: "A=B" cannot be the name of a variable'],
    [`${VERSION}[vars]\nA = "\\u0000"\n`, 'a.toml:3:1: The value of "A" holds a NUL'],
    [
      `${VERSION}[folders]\nto = "/x"\n`,
      'a.toml:2:1: "folders" must be a list of tables, [[folders]], not a table',
    ],
    [`${VERSION}[data]\nkv = 1\n`, 'a.toml:3:1: "data.kv" must be a table, not a number'],
    [`${VERSION}[data.kv]\n`, 'a.toml:2:1: Missing "namespace" of [data.kv]'],
    [
      `${VERSION}[data.kv]\nnamespace = "a\\u0007"\n`,
      'a.toml:3:1: "data.kv.namespace" must be at most 256 characters, none of them a control',
    ],
    [
      `${VERSION}[data.kv]\nnamespace = "n"\nconsistency = "loose"\n`,
      'a.toml:4:1: "data.kv.consistency" must be "snapshot" or "serial", not "loose"',
    ],
    [
      `${VERSION}[features.http_requests]\nallowed_hosts = "a"\n`,
      'a.toml:3:1: "features.http_requests.allowed_hosts" must be a list of strings, not a string',
    ],
    [
      `${VERSION}[features.http_requests]\nallow_http = "yes"\n`,
      'a.toml:3:1: "features.http_requests.allow_http" must be true or false, not a string',
    ],
    [
      `${VERSION}[limits]\nmemory = "64 MB"\n`,
      'a.toml:3:1: "limits.memory" must be a size such as "64 MiB", not a string',
    ],
    [`${VERSION}[limits]\nmemory = 1\n`, 'a.toml:3:1: "limits.memory" must be at least 64 KiB'],
    [
      `${VERSION}[limits]\ntime = -1\n`,
      'a.toml:3:1: "limits.time" must be a time such as "5 s" or "200 ms", not a number',
    ],
    [`${VERSION}[[folders]]\nto = "/x"\n[[folders]]\nfrom = "y"\n`, 'a.toml:4:1: Missing "to" of a folder'],
    [
      `${VERSION}[[folders]]\nto = "/x"\n[[folders]]\nto = 1979-05-27\n`,
      'a.toml:5:1: "folders.to" must be a string, not a date',
    ],
  ])('refuses %j and says where', async (text, message) => {
    expect(await failure(text)).toBe(message);
  });

  it('either reads a text or refuses it with a position', async () => {
    const line = fc.constantFrom(
      'version="1"',
      '[vars]',
      '[[folders]]',
      'to="/x"',
      'A=1',
      'A="x"',
      '"b',
      '=',
      '[data',
      '#',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (lines) => {
        const text = lines.join('\n');
        const result = await parseWorkerConfig(text, 'a.toml', {}).catch((error: unknown) => error);
        if (result instanceof Error) expect(result.message).toMatch(/^a\.toml:\d+:\d+: /);
        else expect(result).toHaveProperty('vars');
      }),
    );
  });
});

describe('wws §5 worker configuration: loadWorkerConfig()', () => {
  it('refuses a file that is too large, no file, or missing', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'wws-config-'));
    try {
      const load = (file: string) => loadWorkerConfig({ file, name: 'd/a.toml' }, {}, 99);
      const large = path.join(directory, 'large.toml');
      const pipe = path.join(directory, 'pipe.toml');
      await writeFile(large, '#'.repeat(100));
      await promisify(execFile)('mkfifo', [pipe]);
      await expect(load(large)).rejects.toThrow('d/a.toml: is larger than 99 bytes');
      await expect(load(pipe)).rejects.toThrow('d/a.toml: is no regular file');
      await expect(load(path.join(directory, 'gone.toml'))).rejects.toThrow(
        'd/a.toml: cannot be read: no such file or directory',
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
