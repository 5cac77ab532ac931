import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { layoutArchive } from './testing/archive.ts';
import { tarOf } from './testing/tar.ts';
import { readTree, tempDirectory, writeTree } from './testing/tree.ts';

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const main = path.join(import.meta.dirname, 'main.ts');

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, SOURCE_DATE_EPOCH: '', CONTAINERD_ADDRESS: '/nonexistent/c.sock', ...env },
  });
}

async function wasmImage(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  const child = start(args, env);
  const { stdout: out, stderr: err } = child;
  if (!out || !err) throw new Error('Cannot read the output of a child without pipes');
  const [stdout, stderr, [exitCode]] = await Promise.all([text(out), text(err), once(child, 'exit')]);
  return { exitCode: exitCode as number | null, stdout, stderr };
}

describe('wasm-image build', () => {
  it('prints the digest reference on stdout, and says on stderr that it wrote nothing', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'Apps/index.js': '', 'Apps/.git/HEAD': '' });
    const { exitCode, stdout, stderr } = await wasmImage(['build', path.join(directory.path, 'Apps')]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^docker\.io\/library\/apps@sha256:[0-9a-f]{64}\n$/);
    expect(stderr).toContain('image   apps:latest  wasi/wasm  sha256:');
    expect(stderr).toContain('left out .git');
    expect(stderr).toContain('nothing was written');
    expect(stderr).not.toContain('\x1b');
    expect(Object.keys(await readTree(directory.path))).toEqual(['Apps/.git/HEAD', 'Apps/index.js']);
  });

  it('prints nothing else with -q', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'index.js': '' });
    const { stdout, stderr } = await wasmImage(['build', directory.path, '-q', '-t', 'ghcr.io/me/x:2']);
    expect(stdout).toMatch(/^ghcr\.io\/me\/x@sha256:[0-9a-f]{64}\n$/);
    expect(stderr).toBe('');
  });

  it('says which workers have a language that was not installed into the app', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'a.py': '', 'b.py': '', 'c.js': '' });
    const { exitCode, stdout, stderr } = await wasmImage(['build', directory.path, '-t', 'x', '--json']);
    expect(exitCode).toBe(0);
    const warning =
      'Cannot run "a.py" and 1 more: the language "python" is not installed (run "wws runtimes install python 3.12")';
    expect(stderr).toContain(`warning: ${warning}\n`);
    expect(JSON.parse(stdout)).toMatchObject({ languages: [], warnings: [warning] });
  });

  it('keeps nothing started with --snapshot where there is nothing to start', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'index.js': '' });
    const plain = JSON.parse((await wasmImage(['build', directory.path, '-t', 'x', '--json'])).stdout);
    const { exitCode, stdout } = await wasmImage([
      'build',
      directory.path,
      '-t',
      'x',
      '--json',
      '--snapshot',
    ]);
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, plain]);
    expect(plain.snapshots).toEqual([]);
    expect(Object.keys(await readTree(directory.path))).toEqual(['index.js']);
  });

  it('prints one JSON object with --json and writes the archive it names', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'app/index.js': '' });
    const file = path.join(directory.path, 'out.tar');
    const { stdout } = await wasmImage(['build', path.join(directory.path, 'app'), '--json', '-o', file]);
    const summary: unknown = JSON.parse(stdout);
    expect(summary).toMatchObject({
      names: ['docker.io/library/app:latest'],
      platform: 'wasi/wasm',
      archive: file,
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' }],
    });
    expect((await readFile(file)).subarray(0, 10).toString()).toBe('oci-layout');
  });

  it('keeps its own archive out of the next build', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'index.js': '' });
    const args = ['build', directory.path, '-q', '-t', 'x', '-o', path.join(directory.path, 'x.tar')];
    const first = await wasmImage(args);
    expect((await wasmImage(args)).stdout).toBe(first.stdout);
  });

  it('warns of an entrypoint that is missing and of a .dockerignore', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'a.wasm': '', '.dockerignore': 'a.wasm' });
    const { exitCode, stderr } = await wasmImage([
      'build',
      directory.path,
      '--entrypoint',
      '["/b.wasm","-x"]',
    ]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('warning: the entrypoint "/b.wasm" is not in the image');
    expect(stderr).toContain('warning: ".dockerignore" is not applied');
  });

  it.each([
    [
      'no such directory',
      ['build', '/nonexistent'],
      4,
      'Cannot build from "/nonexistent": no such directory',
    ],
    ['an unknown flag', ['build', '.', '--frob'], 2, "unknown option '--frob'"],
    ['no directory at all', ['build'], 2, "missing required argument 'dir'"],
    [
      'nothing to inspect',
      ['inspect', '/nonexistent'],
      4,
      'Cannot inspect "/nonexistent": no such file or directory',
    ],
    ['an unknown verb', ['frob'], 2, "unknown command 'frob'"],
    ['a wrong name', ['build', '.', '-t', 'A'], 2, 'Cannot use "A" as an image name'],
    ['a name with a digest', ['build', '.', '-t', `a@sha256:${'0'.repeat(64)}`], 2, 'its digest follows'],
    ['a wrong entrypoint', ['build', '.', '--entrypoint', '[1]'], 2, 'not a list of strings'],
  ])('ends with the exit code for %s', async (_title, args, code, why) => {
    const { exitCode, stdout, stderr } = await wasmImage(args);
    expect(exitCode).toBe(code);
    expect(stderr).toContain(why);
    expect(stdout).toBe('');
  });

  it('says in one line what is wrong and in another what to do', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'index.js': '' });
    const { exitCode, stderr } = await wasmImage(['build', directory.path, '-q', '--load']);
    expect(exitCode).toBe(7);
    expect(stderr.split('\n')).toEqual([
      'wasm-image: Cannot reach containerd at "/nonexistent/c.sock": there is no such socket',
      expect.stringMatching(/^hint: Start containerd, or name its socket/),
      '',
    ]);
  });

  it.each([
    [['build'], ['build'], 'ctr run --runtime io.containerd.wws.v1'],
    [['run'], ['run'], 'wasm-image run apps.tar -p 3000'],
    [['inspect'], ['inspect'], 'wasm-image inspect apps.tar --json'],
    [['check'], ['check'], 'wasm-image check ./apps --strict'],
    [[], [], 'Exit codes:'],
  ])('explains %s with --help', async (args, _title, what) => {
    const { exitCode, stdout, stderr } = await wasmImage([...args, '--help']);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain(what);
  });

  it('prints its version', async () => {
    expect((await wasmImage(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('wasm-image run', () => {
  it('tells a wrong platform with exit code 3', async () => {
    await using directory = await tempDirectory();
    const file = path.join(directory.path, 'linux.tar');
    const layer = await tarOf({ name: 'bin/sh', content: '' });
    await writeFile(file, await layoutArchive({ layers: [layer], os: 'linux', architecture: 'arm64' }));
    const { exitCode, stderr } = await wasmImage(['run', file]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('it holds linux/arm64, wasi/wasm is wanted');
  });

  it('tells a hostile image with exit code 8 and leaves nothing of it', async () => {
    await using directory = await tempDirectory();
    const file = path.join(directory.path, 'evil.tar');
    await writeFile(
      file,
      await layoutArchive({ layers: [await tarOf({ name: '../../evil', content: '' })] }),
    );
    await writeTree(directory.path, { 'tmp/': '' });
    const env = { TMPDIR: path.join(directory.path, 'tmp') };
    const { exitCode, stderr } = await wasmImage(['run', file], env);
    expect(exitCode).toBe(8);
    expect(stderr).toContain('Cannot unpack the entry "../../evil": its name leads outside');
    expect(await readTree(env.TMPDIR)).toEqual({});
  });

  it('serves an image, drains on SIGTERM and removes what it unpacked', async () => {
    await using directory = await tempDirectory();
    const file = path.join(directory.path, 'app.tar');
    const layer = await tarOf(
      { name: 'public/hello.txt', content: 'hello' },
      { name: 'index.js', content: '' },
    );
    await writeFile(file, await layoutArchive({ layers: [layer] }));
    await writeTree(directory.path, { 'tmp/': '' });
    const env = { TMPDIR: path.join(directory.path, 'tmp') };
    const child = start(['run', file, '-p', '0'], env);
    let said = '';
    const { promise: listening, resolve } = Promise.withResolvers<string>();
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (url !== undefined) resolve(url);
    });
    const exited = once(child, 'exit');
    try {
      const answer = await fetch(`${await listening}/hello.txt`);
      expect(await answer.text()).toBe('hello');
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
    } finally {
      // Ends the runtime as well when an expectation above fails.
      child.kill('SIGTERM');
    }
    expect(await readTree(env.TMPDIR)).toEqual({});
  });
});

describe('wasm-image inspect', () => {
  it('prints to stdout what is in an archive, and removes what it unpacked', async () => {
    await using directory = await tempDirectory();
    const file = path.join(directory.path, 'app.tar');
    const layer = await tarOf({ name: 'index.js', content: 'hello' });
    await writeFile(file, await layoutArchive({ layers: [layer] }));
    await writeTree(directory.path, { 'tmp/': '' });
    const env = { TMPDIR: path.join(directory.path, 'tmp') };
    const { exitCode, stdout, stderr } = await wasmImage(['inspect', file], env);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/1 route\n {2}\/ {2}index\.js {2}javascript\n$/);
    expect(await readTree(env.TMPDIR)).toEqual({});
  });

  it('does not let an image drive the terminal by what is wrong with it', async () => {
    await using directory = await tempDirectory();
    const file = path.join(directory.path, 'evil.tar');
    await writeFile(file, await layoutArchive({ layers: [], os: '\x1b[2J\x9b', architecture: 'x' }));
    const { exitCode, stderr } = await wasmImage(['inspect', file]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('it holds \\x1b[2J\\x9b/x');
    expect(stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});

describe('wasm-image check', () => {
  it('ends with 0 for what would build and serve, with 3 for a warning when it has to be strict', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'index.js': '', '.env': '' });
    const { exitCode, stdout, stderr } = await wasmImage(['check', directory.path]);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toContain('1 warning\n  ".env" looks like a secret');
    const strict = await wasmImage(['check', directory.path, '--strict']);
    expect([strict.exitCode, strict.stdout]).toEqual([3, stdout]);
    expect(strict.stderr).toContain(`Cannot pass "${directory.path}": 1 warning\n`);
  });

  it('prints one JSON object with --json, and ends with 3 for a problem', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'a.js': '', 'a.toml': 'version = 1\n' });
    const { exitCode, stdout } = await wasmImage(['check', directory.path, '--json']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      problems: [{ file: 'a.toml', line: 1, column: 1 }],
      routes: [{ path: '/a', worker: 'a.js' }],
      size: [{ name: 'a.toml', files: 1, bytes: 12 }, { name: 'a.js' }],
    });
  });
});
