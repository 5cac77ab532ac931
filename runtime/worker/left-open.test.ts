import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readlink, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '#runtime/settings.ts';
import { WorkerPool } from './pool.ts';

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

it('a guest that is stopped at its deadline leaves no descriptor open', async () => {
  const folder = path.join(directory, 'folder');
  await mkdir(folder);
  await writeFile(path.join(folder, 'note.txt'), 'held');
  const file = path.join(directory, 'holder.wasm');
  const source = path.join(import.meta.dirname, 'testdata/holder.c');
  await promisify(execFile)('clang', ['--target=wasm32-wasi', '-O1', '-o', file, source]);
  const folders = [{ guestPath: '/data', hostPath: folder, writable: true }];
  const pool = new WorkerPool({
    specs: [{ language: 'wasm', file, name: 'holder.wasm', vars: {}, folders }],
    limits: limits({ threads: 2, stallMs: 20, workerMs: 150 }),
  });
  const request = { url: 'http://h/', method: 'GET', headers: {}, body: '', kv: {}, params: {} };
  // It spins only once it has the file open.
  for (let round = 0; round < 4; round += 1) {
    expect((await pool.run(0, request).outcome).kind).toBe('timeout');
  }
  await pool.close();
  expect(await openBelow(folder)).toEqual([]);
});
