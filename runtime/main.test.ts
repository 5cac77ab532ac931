import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readArgs } from './cli-args.ts';
import { NO_OPERATOR } from './operator.ts';

/** `(module (func (export "_start")))` */
const RETURNS = Buffer.from(
  '0061736d010000000104016000000302010007 0a01065f73746172740000 0a040102000b'.replaceAll(' ', ''),
  'hex',
);

let root: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'wws-main-'));
});

afterEach(async () => {
  child?.kill('SIGKILL');
  child = undefined;
  await rm(root, { recursive: true });
});

function wws(...args: string[]): ChildProcess {
  const node = ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'main.ts')];
  child = spawn(process.execPath, [...node, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  return child;
}

async function finished(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const process = wws(...args);
  if (process.stdout === null || process.stderr === null) throw new Error('no pipes');
  const [[code], stdout, stderr] = await Promise.all([
    once(process, 'exit'),
    text(process.stdout),
    text(process.stderr),
  ]);
  return { code, stdout, stderr };
}

describe('wws', () => {
  it('shows its help and its version', async () => {
    expect(await finished('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Examples:') });
    expect(await finished('-V')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^wws \d+\.\d+\.\d+\n$/),
    });
  });

  it('refuses wrong usage with exit code 2', async () => {
    expect(await finished('--nonsense')).toMatchObject({
      code: 2,
      stderr: 'Cannot use "--nonsense": there is no such option\nSee wws --help\n',
    });
    expect(await finished('a', 'b')).toMatchObject({ code: 2 });
  });

  it('says what it cannot serve and why', async () => {
    const gone = path.join(root, 'gone');
    expect(await finished(gone)).toEqual({
      code: 1,
      stdout: '',
      stderr: `Cannot serve "${gone}": no such directory\n`,
    });
    const file = path.join(root, 'file');
    await writeFile(file, '');
    expect((await finished(file)).stderr).toMatch(/it is no directory/);
  });

  it('says that a port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { code, stderr } = await finished(root, '--port', port);
    other.close();
    expect([code, stderr]).toEqual([
      1,
      `Cannot listen on "127.0.0.1" port ${port}: the port is in use (choose another with --port)\n`,
    ]);
  });

  it('serves, shows its routes, and ends with 0 on SIGTERM', async () => {
    await mkdir(path.join(root, 'public'));
    await writeFile(path.join(root, 'public/a.txt'), 'A');
    await writeFile(path.join(root, 'bad.wasm'), 'no module');
    const process = wws(root, '--port', '0', '--json', '--prefix', 'p');
    if (process.stdout === null || process.stderr === null) throw new Error('no pipes');
    const stderr = text(process.stderr);
    const { value } = await createInterface({ input: process.stdout })[Symbol.asyncIterator]().next();
    const listening = JSON.parse(value ?? '');
    expect(listening).toMatchObject({ type: 'listening', routes: [{ path: '/p/bad', worker: 'bad.wasm' }] });
    expect(await (await fetch(`${listening.url}/p/a.txt`)).text()).toBe('A');
    expect((await fetch(`${listening.url}/p/bad`)).status).toBe(500);
    process.kill('SIGTERM');
    expect((await once(process, 'exit'))[0]).toBe(0);
    const entries = (await stderr)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries).toContainEqual(
      expect.objectContaining({ type: 'access', target: '/p/a.txt', status: 200 }),
    );
    expect(entries).toContainEqual({ type: 'message', message: expect.stringMatching(/"bad.wasm"/) });
  });

  it('runs a command and exits with its code', async () => {
    const file = path.join(root, 'command.wasm');
    await writeFile(file, RETURNS);
    expect(await finished(file, '--help')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await finished(path.join(root, 'gone.wasm'))).code).toBe(1);
  });
});

describe('readArgs()', () => {
  it('leaves what follows a command to the command', () => {
    expect(readArgs(['--dir', '.::/w', '--env', 'A=b=c', 'x.wasm', '--env', '-p', 'y'])).toEqual({
      kind: 'command',
      file: 'x.wasm',
      args: ['x.wasm', '--env', '-p', 'y'],
      directories: [{ host: '.', guest: '/w' }],
      env: ['A=b=c'],
    });
  });

  it('takes options on both sides of a directory', () => {
    expect(
      readArgs(['--host', '::1', 'apps', '-p', '0', '--cors=a', '--cors=b', '--ignore', '*.test.js']),
    ).toEqual({
      kind: 'serve',
      path: 'apps',
      host: '::1',
      git: { commit: undefined, tag: undefined, branch: undefined, folder: undefined },
      operator: NO_OPERATOR,
      watch: undefined,
      installRuntimes: false,
      serve: { port: 0, prefix: '', ignore: ['*.test.js'], cors: ['a', 'b'] },
    });
  });

  it('takes a repository and what of it', () => {
    const url = 'https://example.com/x.git';
    expect(readArgs([url, '--git-tag', 'v1', '--git-folder=a/b', '-w'], {})).toMatchObject({
      kind: 'serve',
      path: url,
      git: { commit: undefined, tag: 'v1', branch: undefined, folder: 'a/b' },
      watch: {},
    });
  });

  it('takes the words "doctor" and "runtimes", the latter behind a project too', () => {
    expect(readArgs(['doctor', '--json'])).toEqual({ kind: 'doctor', json: true });
    const install = { verb: 'install', runtime: { name: 'python', version: '3.11' } };
    expect(readArgs(['runtimes', 'install', 'python', '3.11'], {})).toMatchObject({
      action: install,
      project: '.',
      repository: { name: 'wasmlabs', url: 'wws:/index.toml' },
    });
    const environment = { WWS_REPO_URL: 'http://a', WWS_REPO_NAME: 'mine' };
    expect(
      readArgs(['apps', 'runtimes', 'install', 'python', '3.11', '--repo-url', 'http://b'], environment),
    ).toMatchObject({ project: 'apps', action: install, repository: { name: 'mine', url: 'http://b' } });
    expect(readArgs(['runtimes', '--help'])).toEqual({ kind: 'help', topic: 'runtimes' });
    expect(readArgs(['doctor', '-h'])).toEqual({ kind: 'help', topic: 'doctor' });
  });

  it.each([
    [['--prot', '1'], 'there is no such option, maybe "--port" is meant'],
    [['--enable-pannel'], 'maybe "--enable-panel" is meant'],
    [['--xyzzy'], 'there is no such option'],
    [['--watch=3'], 'it takes no value'],
    [['--port'], 'it needs a value'],
    [['--prefix', '--watch'], 'a value that begins with "-" is written --prefix=VALUE'],
    [['runtimes', 'lst'], 'one of list, install, uninstall, check, snapshot is needed'],
    [['runtimes', 'uninstall', 'python'], 'its version is needed as well'],
    [['runtimes', 'uninstall'], 'a runtime and its version are needed'],
    [['runtimes', 'list', 'x'], '"runtimes list" takes no more arguments'],
    [['doctor', 'x'], 'the doctor takes no arguments'],
  ])('says what is wrong with %j', (args, message) => {
    expect(() => readArgs(args, {})).toThrow(message);
  });

  it.each([
    [['-p', 'x']],
    [['--env', 'x', 'a.wasm']],
    [['--dir', '::', 'a.wasm']],
    [['--port', '1', 'a.wasm']],
  ])('refuses %j', (args) => {
    expect(() => readArgs(args)).toThrow();
  });
});
