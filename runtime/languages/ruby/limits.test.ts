import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testInterpreter } from '#runtime/languages/testdata/interpreters.ts';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { limits } from '#runtime/settings.ts';
import type { Guest } from '#runtime/worker/guest.ts';
import type { Outcome } from '#runtime/worker/outcome.ts';
import { WorkerPool } from '#runtime/worker/pool.ts';
import { refused } from '#runtime/worker/testdata/asking.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { WORKER_LIMITS, workerLimits } from '#runtime/worker-limits.ts';
import { evaluated, loadEvaluator, result, running } from './ruby-fixture.ts';

const PATIENCE = 120_000;
const MiB = 1024 * 1024;

/** Workers that may wait for the host are entered in another way than others, and run on a stack of their own. */
describe.each([
  ['that answers at once', NO_REQUESTS],
  ['that may wait for the host', { ...NO_REQUESTS, allowedHosts: ['a.test'] }],
])('a Ruby worker %s', (_, http) => {
  let guest: Guest;

  beforeAll(async () => {
    guest = await loadEvaluator({ http, limits: workerLimits({ memory: 160 * MiB }) });
  }, PATIENCE);

  it('may rescue that it recursed too deeply', async () => {
    const code =
      'def deep(n) = deep(n + 1) + 1; begin; deep(0); rescue SystemStackError => e; e.message; end';
    expect(await evaluated(guest, code)).toBe('stack level too deep');
  });

  it('fails by recursing too deeply, and answers the next request', async () => {
    for (const code of [
      'def deep(n) = deep(n + 1) + 1; deep(0)',
      'a = []; a << a; h = Hash.new { |x, k| x[k] }; h[1]',
      'def again(&b) = [1].each { |x| again(&b) }; again {}',
      'class String; def to_s = "#{self}"; def inspect = inspect + "x"; end; "x".inspect',
    ]) {
      expect((await result(guest, code)).ok).toBe(false);
      expect(await evaluated(guest, '1 + 1')).toBe('2');
    }
  });

  it('fails when it wants more memory than it may have, and answers the next request', async () => {
    for (const code of [
      'a = []; loop { a << "x" * 1_000_000 }',
      's = "x"; loop { s << s }',
      '"x" * 200_000_000',
      'Array.new(1 << 29)',
    ]) {
      const outcome = await result(guest, code);
      expect(outcome.ok).toBe(false);
      expect(await evaluated(guest, '1 + 1')).toBe('2');
    }
  });

  it('says that it met the limit of memory', async () => {
    const outcome = await result(guest, 'a = []; loop { a << "x" * 1_000_000 }');
    expect(outcome.limits).toEqual(['memory']);
  });

  it('has as much memory after others grew it as before', async () => {
    const most =
      'a = []; begin; loop { a << "x" * 1_000_000 }; rescue NoMemoryError; n = a.size; a = nil; n; end';
    const first = Number(await evaluated(guest, most));
    expect(first).toBeGreaterThan(40);
    for (let turn = 0; turn < 3; turn++) expect(Number(await evaluated(guest, most))).toBe(first);
  });

  it('is stopped when it floods stdout, and not when it floods the log', async () => {
    const flood = await result(guest, 'loop { STDOUT.write("x" * 65_536) }');
    expect(refused(flood)).toBe('Stopped: wrote more than 16 MiB to stdout');
    expect(flood.limits).toEqual(['output']);
    const noise = await result(guest, '100.times { puts "x" * 65_535 }; Response.new("")');
    expect(noise.ok).toBe(true);
    expect(noise.limits).toEqual(['log']);
    const dropped = 100 * 65_536 - WORKER_LIMITS.log.default;
    expect(Buffer.from(noise.stderr).toString()).toContain(`(${dropped} more bytes of stderr dropped)`);
    expect(await evaluated(guest, '1 + 1')).toBe('2');
  });

  it('is refused what a guest has not: threads, processes, signals', async () => {
    for (const code of [
      'Thread.new { 1 }.value',
      'fork',
      '`ls`',
      'system("ls")',
      'exec("ls")',
      'Process.kill(:TERM, Process.pid)',
    ]) {
      await result(guest, code);
      expect(await evaluated(guest, '1 + 1')).toBe('2');
    }
  });
});

describe('a Ruby worker in a pool', () => {
  let directory: string;
  let pool: WorkerPool | undefined;

  beforeAll(async () => {
    directory = await realpath(await mkdtemp(path.join(tmpdir(), 'ruby-pool-')));
  });

  afterAll(async () => {
    await pool?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it(
    'is stopped when it never ends, and answers the next request',
    async () => {
      const file = path.join(directory, 'loop.rb');
      await writeFile(file, 'def worker(req) = eval(req.body)');
      const interpreter = await testInterpreter('ruby 3.4');
      const spec = guestSpec({
        language: 'interpreted',
        file,
        interpreter,
        limits: workerLimits({ time: 1_000 }),
      });
      pool = new WorkerPool({
        limits: limits({ threads: 1, stallMs: 20, loadMs: PATIENCE }),
        specs: [spec],
      });
      const run = async (code: string): Promise<Outcome> =>
        (await pool?.run(0, running(code)).outcome) as Outcome;
      expect(await run('Response.new("ready")')).toMatchObject({ kind: 'answered' });
      for (const code of ['sleep', 'while true; begin; loop {}; rescue Exception; end; end']) {
        expect(await run(code)).toMatchObject({ kind: 'timeout' });
        expect(await run('Response.new("again")')).toMatchObject({ kind: 'answered' });
      }
    },
    PATIENCE,
  );
});
