import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { limits } from '#runtime/settings.ts';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';
import { workerLimits } from '#runtime/worker-limits.ts';
import type { Guest, GuestSpec } from './guest.ts';
import { CallStopped } from './host-calls.ts';
import { loadModuleGuest } from './module-guest.ts';
import type { RungName } from './module-rung.ts';
import { WorkerPool } from './pool.ts';
import { body, get } from './testdata/asking.ts';
import { guestSpec } from './testdata/guest-spec.ts';
import { answering, HeldHost, reply } from './testdata/held-host.ts';

/** What a worker finds that nobody has asked before. */
const FIRST = /^[0-9a-f]+ 0 0 0 0 0 1 4 0x[0-9a-f]+ 0x[0-9a-f]+$/;

/** How a request may end, by its path, and the reason when it fails. */
const ENDINGS: readonly (readonly [string, string | undefined])[] = [
  ['/look', undefined],
  ['/trap', 'Trapped: unreachable'],
  ['/scorch', 'Trapped: unreachable'],
  ['/exit0', 'stdout is empty'],
  ['/exit3', 'Exited with code 3'],
  ['/recurse', 'Trapped: memory access out of bounds'],
  ['/flood', 'Stopped: wrote more than 16 MiB to stdout'],
  ['/grow', undefined],
  ['/gluttony', 'Trapped: unreachable'],
  ['/deny', 'Trapped: unreachable'],
];

let directory: string;
let file: string;
let pool: WorkerPool | undefined;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'suspended-state-')));
  await writeFile(path.join(directory, 'note.txt'), 'a note');
  file = await compileC({ source: 'state', into: directory, flags: ['-DWAITS'] });
});

afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

afterAll(() => rm(directory, { recursive: true, force: true }));

function spec(time: number, allowed = 'a.test'): GuestSpec {
  return guestSpec({
    file,
    folders: [{ guestPath: '/data', hostPath: directory, writable: false }],
    http: { ...NO_REQUESTS, allowedHosts: [allowed] },
    limits: workerLimits({ memory: 16 * 1024 * 1024, time }),
  });
}

describe.each<[RungName, Parameters<typeof loadModuleGuest>[1]]>([
  ['kept', {}],
  ['new', { rung: 'new' }],
])('a module that was set aside to wait (%s instance) finds its first state', (rung, options) => {
  async function load(): Promise<Guest> {
    const guest = await loadModuleGuest(spec(30_000), options);
    expect(guest.rung).toBe(rung);
    return guest;
  }

  it.each(ENDINGS)(
    'after a request to %s, which left state behind before its wait',
    async (target, reason) => {
      const guest = await load();
      const look = body(await answering(guest, '/look'));
      const size = body(await answering(guest, '/size'));
      expect(look).toMatch(FIRST);
      for (let turn = 0; turn < 5; turn++) {
        const result = await answering(guest, target);
        expect(result.ok ? undefined : result.reason).toBe(reason);
        expect(body(await answering(guest, '/look'))).toBe(look);
        expect(body(await answering(guest, '/size'))).toBe(size);
      }
    },
  );

  it.each(ENDINGS)('while a request to %s waits, and after both', async (target, reason) => {
    const guest = await load();
    const look = body(await answering(guest, '/look'));
    for (let turn = 0; turn < 3; turn++) {
      const hosts = Array.from({ length: 3 }, () => new HeldHost());
      const harm = hosts.map((host) => guest.handle(get(target), host));
      expect(body(await answering(guest, '/look'))).toBe(look);
      const [host] = hosts;
      host?.answer('one of them goes on');
      const ended = await harm[0];
      expect(ended?.ok === true ? undefined : ended?.reason).toBe(reason);
      expect(body(await answering(guest, '/look'))).toBe(look);
      for (const other of hosts) other.answer('and the others');
      await Promise.all(harm);
      expect(body(await answering(guest, '/look'))).toBe(look);
    }
  });

  it('after a request that was stopped while it waited, whatever it would have done', async () => {
    const guest = await load();
    const look = body(await answering(guest, '/look'));
    for (const [target] of ENDINGS) {
      const host = new HeldHost();
      const result = guest.handle(get(target), host);
      host.questions[0]?.fail(new CallStopped('it took too long'));
      expect(await result).toMatchObject({ ok: false, reason: 'Stopped: it took too long' });
      expect(body(await answering(guest, '/look'))).toBe(look);
    }
  });
});

describe('a thread whose module waits', () => {
  /** Asks the module; the host answers its questions for which `answers` says so, by their number. */
  function run(time: number, answers: (count: number) => boolean, allowed?: string) {
    let count = 0;
    const made = new WorkerPool({
      limits: limits({ stallMs: 20, threads: 2 }),
      specs: [spec(time, allowed)],
      services: {
        http: async (_guest, _request, signal) => {
          if (answers(count++)) return reply('hello');
          const { promise, reject } = Promise.withResolvers<never>();
          signal.addEventListener('abort', () => reject(new Error('aborted')));
          return await promise;
        },
      },
    });
    pool = made;
    return async (target: string): Promise<string> => {
      const outcome = await made.run(0, { ...get(target), method: 'POST' }).outcome;
      return outcome.kind === 'answered' ? Buffer.from(outcome.response.body).toString() : outcome.kind;
    };
  }

  it('has its first state after a time-out in the middle of the wait', async () => {
    const ask = run(400, (count) => count % 2 === 0);
    const look = await ask('/look');
    expect(look).toMatch(FIRST);
    for (let turn = 0; turn < 2; turn++) {
      expect(await ask('/scorch')).toBe('timeout');
      expect(await ask('/look')).toBe(look);
    }
  });

  it('is ended when the module spins after its wait, and the next one has the first state', async () => {
    const ask = run(400, () => true);
    const look = await ask('/look');
    expect(look).toMatch(FIRST);
    for (let turn = 0; turn < 2; turn++) {
      expect(await ask('/spin')).toBe('timeout');
      expect(await ask('/look')).toBe(look);
    }
  });

  it('is ended as well when the module spins and its question was refused at once', async () => {
    const ask = run(400, () => true, 'b.test');
    for (let turn = 0; turn < 2; turn++) {
      expect(await ask('/spin')).toBe('timeout');
      expect(await ask('/look')).toMatch(FIRST);
    }
  });
});
