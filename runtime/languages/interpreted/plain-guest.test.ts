import { appendFile, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installLines, languageIn } from '#runtime/languages/testdata/lines-language.ts';
import type { Guest, GuestSpec } from '#runtime/worker/guest.ts';
import { loadProblem } from '#runtime/worker/load-problem.ts';
import { ask, body, refused } from '#runtime/worker/testdata/asking.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { loadInterpretedGuest } from './guest.ts';

let place: string;
let project: string;
let scratch: string;

beforeEach(async () => {
  place = await realpath(await mkdtemp(path.join(tmpdir(), 'plain-guest-')));
  project = path.join(place, 'project');
  scratch = path.join(place, 'scratch');
  await mkdir(project);
  await mkdir(scratch);
  await installLines(project);
});

afterEach(() => rm(place, { recursive: true }));

const file = (): string => path.join(project, 'worker.lines');

async function load(source: string, parts: Partial<GuestSpec> = {}): Promise<Guest> {
  await writeFile(file(), source);
  return await loadGuest(parts);
}

async function loadGuest(parts: Partial<GuestSpec> = {}): Promise<Guest> {
  const language = await languageIn(project, 'worker.lines');
  if (language?.kind !== 'interpreted') throw new Error('lines is not installed');
  const { interpreter } = language;
  return await loadInterpretedGuest(
    guestSpec({ language: 'interpreted', file: file(), interpreter, scratch, ...parts }),
    () => {},
  );
}

const installed = (name: string): string => path.join(project, '.wws/runtimes/tests/lines/1.0', name);

describe('a worker in an installed language (wws §4)', () => {
  it('is run by the interpreter, in its wrapper', async () => {
    expect(body(ask(await load('hello'), '/'))).toBe('hello');
  });

  it('is started with the arguments of the runtime and nothing before them', async () => {
    expect(body(ask(await load('@args'), '/'))).toBe('--;/src/index.lines;');
  });

  it('has the request on stdin', async () => {
    const request = JSON.parse(body(ask(await load('@stdin'), '/x?a=1')));
    expect(request).toMatchObject({ url: 'http://localhost/x?a=1', method: 'GET', kv: {}, params: {} });
  });

  it('finds the polyfill beside itself and the library in its place', async () => {
    const guest = await load('@file /src/poly.lines\n, \n@file /usr/lib/lib.lines');
    expect(body(ask(guest, '/'))).toBe('a polyfill, a library');
  });

  it('has the variables of the runtime, and its own before them', async () => {
    const source = '@env LANGUAGE\n, \n@env GREETING';
    expect(body(ask(await load(source), '/'))).toBe('lines, of the language');
    const guest = await load(source, { vars: { GREETING: 'of the worker' } });
    expect(body(ask(guest, '/'))).toBe('lines, of the worker');
  });

  it('has its folders, also within /src, and changes nothing else', async () => {
    await mkdir(path.join(place, 'data'));
    const folder = { guestPath: '/src/data', hostPath: path.join(place, 'data'), writable: true };
    const source = ['/src/data/new', '/src/new', '/src/index.lines', '/usr/lib/new'].map(
      (name) => `@write ${name}\n `,
    );
    const guest = await load(source.join('\n'), { folders: [folder] });
    expect(body(ask(guest, '/'))).toBe('written refused refused refused ');
    expect(await readdir(path.join(place, 'data'))).toEqual(['new']);
  });

  it('takes every {source} of the wrapper literally, also one with signs of replacements', async () => {
    expect(body(ask(await load('$& $1 {source}'), '/'))).toBe('$& $1 {source}');
  });

  it('fails alone when its interpreter does', async () => {
    const guest = await load('"');
    expect(refused(ask(guest, '/'))).toMatch(/^stdout is not one JSON object/);
  });

  it('shares its files with the other threads', async () => {
    await writeFile(file(), 'a');
    const guests = await Promise.all([loadGuest(), loadGuest(), loadGuest()]);
    for (const guest of guests) expect(body(ask(guest, '/'))).toBe('a');
    expect(await readdir(scratch)).toHaveLength(1);
  });

  it.each(['lines.wasm', 'wrapper.txt', 'poly.lines', 'library/usr/lib/lib.lines'])(
    'is not loaded when %s is not what it should be',
    async (name) => {
      await appendFile(installed(name), ' ');
      const error = await load('a').then(
        () => 'loaded',
        (reason: unknown) => loadProblem('worker.lines', reason),
      );
      const base = path.basename(name).replace('.', '\\.');
      expect(error).toMatch(
        new RegExp(`^Cannot read "${base}": its SHA-256 is [0-9a-f]{64}, and must be [0-9a-f]{64}`),
      );
    },
  );
});
