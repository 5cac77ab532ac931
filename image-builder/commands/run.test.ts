import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Draft, layoutArchive } from '../testing/archive.ts';
import { tarOf } from '../testing/tar.ts';
import { readTree, type Tree, tempDirectory, writeTree } from '../testing/tree.ts';
import { type RunFlags, run } from './run.ts';

/** Stands in for the worker runtime: writes down what it was started with and the tree it can see. */
const spy = `
  import { readdirSync, writeFileSync } from 'node:fs';
  const [report, ...args] = process.argv.slice(2);
  const directory = args.map((arg) => arg.split('::')[0]).find((arg) => arg.startsWith('/'));
  const files = readdirSync(directory, { recursive: true });
  writeFileSync(report, JSON.stringify({ args, files }));
  process.exit(args.includes('fail') ? 7 : 0);
`;

interface Report {
  readonly args: readonly string[];
  readonly files: readonly string[];
  readonly exitCode: number;
  /** What the image was unpacked to, after the run. */
  readonly left: string[];
}

/** How a module begins: more is for the runtime to read. */
const MODULE = '\0asm\x01\0\0\0';

const silent = { quiet: true, result() {}, note() {}, warn() {}, progress() {} };

async function runSpied(what: string, args: readonly string[], flags: RunFlags = {}): Promise<Report> {
  await using directory = await tempDirectory();
  const script = path.join(directory.path, 'spy.mjs');
  const report = path.join(directory.path, 'report.json');
  await writeFile(script, spy);
  const program = { file: process.execPath, args: [script, report] };
  const { signal } = new AbortController();
  const exitCode = await run(what, args, flags, { terminal: silent, signal, program });
  const tree = await readTree(directory.path);
  const seen = JSON.parse(tree['report.json'] ?? '') as Omit<Report, 'exitCode' | 'left'>;
  const root =
    seen.args.find((arg) => arg.includes('wasm-image-') && !arg.includes('-test-')) ?? '/nonexistent';
  const [unpacked = ''] = root.split('::');
  const left = await readTree(unpacked).then(Object.keys, () => []);
  return { ...seen, exitCode, left };
}

async function runImage(
  tree: Tree,
  draft: Partial<Draft>,
  args: readonly string[],
  flags?: RunFlags,
): Promise<Report> {
  await using directory = await tempDirectory();
  const layer = await tarOf(...Object.entries(tree).map(([name, content]) => ({ name, content })));
  const file = path.join(directory.path, 'image.tar');
  await writeFile(file, await layoutArchive({ layers: [layer], ...draft }));
  return await runSpied(file, args, flags);
}

describe('wasm-image run', () => {
  it('hands a directory to the runtime as it is', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'index.js': '' });
    const { args } = await runSpied(directory.path, ['--prefix', '/api'], { port: '8123' });
    expect(args).toEqual(['--port', '8123', directory.path, '--prefix', '/api']);
  });

  it('unpacks an image, runs it, gives its exit code and removes it', async () => {
    const report = await runImage(
      { 'index.js': 'x', 'users/[id].js': 'y' },
      { config: { Cmd: ['fail'] } },
      [],
    );
    expect([...report.files].sort()).toEqual(['index.js', 'users', 'users/[id].js']);
    expect(report.exitCode).toBe(7);
    expect(report.left).toEqual([]);
  });

  it('serves on the port and address the user says, whatever the image wants', async () => {
    const config = { Cmd: ['--port', '1', '--host', '0.0.0.0'] };
    const { args } = await runImage({ 'index.js': '' }, { config }, [], { port: '8123' });
    expect(args.slice(1)).toEqual([
      '--port',
      '1',
      '--host',
      '0.0.0.0',
      '--host',
      '127.0.0.1',
      '--port',
      '8123',
    ]);
  });

  it('puts arguments of the user in place of the ones of the image', async () => {
    const { args } = await runImage({ 'index.js': '' }, { config: { Cmd: ['--prefix', '/a'] } }, [
      '--prefix',
      '/b',
    ]);
    expect(args.slice(1)).toEqual(['--prefix', '/b']);
  });

  it('gives a command the root, its arguments and its variables, and none that configure the runtime', async () => {
    const config = {
      Entrypoint: ['tool.wasm', '-v'],
      Cmd: ['in.txt'],
      WorkingDir: '/bin',
      Env: ['A=1', 'WWS_X=2', 'broken'],
    };
    const { args } = await runImage({ 'bin/tool.wasm': MODULE }, { config }, []);
    const [flag, directory, ...rest] = args;
    expect([flag, directory?.split('::')[1]]).toEqual(['--dir', '/']);
    const root = directory?.split('::')[0] ?? '';
    expect(rest).toEqual(['--env', 'A=1', path.join(root, 'bin/tool.wasm'), '-v', 'in.txt']);
  });

  it('serves the whole image where its entrypoint is a worker, as a container does', async () => {
    const { files } = await runImage(
      { 'app/index.js': '' },
      { config: { Entrypoint: ['/app/index.js'] } },
      [],
    );
    expect([...files].sort()).toEqual(['app', 'app/index.js']);
  });

  it.each([
    ['no entrypoint', { Entrypoint: null }, {}, 'it names no entrypoint'],
    [
      'an entrypoint that is not there',
      { Entrypoint: ['/nope.wasm'] },
      {},
      'its entrypoint "/nope.wasm" is not in it',
    ],
    [
      'an entrypoint above the root',
      { Entrypoint: ['../../nope'] },
      {},
      'its entrypoint "/nope" is not in it',
    ],
    ['a script in the clothes of a module', { Entrypoint: ['/sh.wasm'] }, {}, 'is neither a module'],
    ['a command on a port', { Entrypoint: ['/a.wasm'] }, { port: '1' }, 'it is a command'],
    ['a port that is none', { Entrypoint: ['.'] }, { port: '70000' }, 'Cannot serve on port "70000"'],
  ])('refuses %s', async (_title, config, flags, why) => {
    await expect(
      runImage({ 'a.wasm': MODULE, 'sh.wasm': '#!/bin/sh' }, { config }, [], flags),
    ).rejects.toThrow(why);
  });

  it('says what is missing', async () => {
    const done = runSpied('/nonexistent/app.tar', []);
    await expect(done).rejects.toThrow('Cannot run "/nonexistent/app.tar": no such file or directory');
  });
});
