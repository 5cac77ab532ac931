import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '#runtime/settings.ts';
import { workerLimits } from '#runtime/worker-limits.ts';
import { WorkerPool } from './pool.ts';
import { guestSpec } from './testdata/guest-spec.ts';

let directory: string;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'left-open-')));
});

afterAll(() => rm(directory, { recursive: true }));

/** Where the descriptors of this process lead that lead into `folder`. */
async function openBelow(folder: string): Promise<string[]> {
  const fds = await readdir('/proc/self/fd');
  // The one by which the listing was made is gone by now.
  const targets = await Promise.all(fds.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return targets.filter((target) => target.startsWith(folder)).sort();
}

/** Lets a worker made of `source` run into its deadline `rounds` times; answers what is open afterwards. */
async function openAfterDeadlines(source: string, rounds: number, time: number): Promise<string[]> {
  const folder = path.join(directory, source);
  await mkdir(folder);
  await writeFile(path.join(folder, 'note.txt'), 'held');
  const file = path.join(directory, `${source}.wasm`);
  const code = path.join(import.meta.dirname, `testdata/${source}.c`);
  await promisify(execFile)('clang', ['--target=wasm32-wasi', '-O1', '-o', file, code]);
  const folders = [{ guestPath: '/data', hostPath: folder, writable: true }];
  const pool = new WorkerPool({
    specs: [guestSpec({ file, folders, limits: workerLimits({ time }) })],
    limits: limits({ threads: 2, stallMs: 20 }),
  });
  const request = { url: 'http://h/', method: 'GET', headers: {}, body: '', kv: {}, params: {} };
  for (let round = 0; round < rounds; round += 1) {
    expect((await pool.run(0, request).outcome).kind).toBe('timeout');
  }
  await pool.close();
  return openBelow(folder);
}

it('a guest that is stopped at its deadline leaves no descriptor open', async () => {
  // It spins only once it has the file open.
  expect(await openAfterDeadlines('holder', 4, 150)).toEqual([]);
});

it('a guest that is stopped while it opens and closes leaves no descriptor open', async () => {
  expect(await openAfterDeadlines('churn', 30, 40)).toEqual([]);
}, 60_000);
