import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '#runtime/settings.ts';
import { workerLimits } from '#runtime/worker-limits.ts';
import type { WorkerRequest } from './guest.ts';
import { WorkerPool } from './pool.ts';
import { guestSpec } from './testdata/guest-spec.ts';

let directory: string;
let file: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sleeping-guest-'));
  file = path.join(directory, 'sleeper.wasm');
  const code = path.join(import.meta.dirname, 'testdata/sleeper.c');
  await promisify(execFile)('clang', ['--target=wasm32-wasi', '-O1', '-o', file, code]);
});

afterAll(() => rm(directory, { recursive: true }));

function to(url: string): WorkerRequest {
  return { url, method: 'POST', headers: {}, body: '', kv: {}, params: {} };
}

it('attack 37: workers that sleep for a hundred years end at their time limit, and nobody waits for them', async () => {
  const spec = (name: string, time: number) => guestSpec({ file, name, limits: workerLimits({ time }) });
  const pool = new WorkerPool({
    specs: [spec('sleeper', 3000), spec('other', 20_000)],
    limits: limits({ threads: 2, stallMs: 20 }),
  });
  try {
    const ended: string[] = [];
    const sleepers = ['a', 'b'].map(async (name) => {
      const { kind } = await pool.run(0, to(`http://h/sleep/${name}`)).outcome;
      ended.push(kind);
    });
    // Asked while the sleepers have the thread, or are about to.
    for (let i = 0; i < 5; i++) {
      expect(await pool.run(1, to('http://h/')).outcome).toMatchObject({ kind: 'answered' });
    }
    expect(ended).toEqual([]);
    await Promise.all(sleepers);
    expect(ended).toEqual(Array(2).fill('timeout'));
    expect(await pool.run(0, to('http://h/')).outcome).toMatchObject({ kind: 'answered' });
  } finally {
    await pool.close();
  }
});
