import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { limits } from '#runtime/settings.ts';
import type { Guest } from '#runtime/worker/guest.ts';
import { WorkerPool } from '#runtime/worker/pool.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { workerLimits } from '#runtime/worker-limits.ts';
import { HARMFUL, HARMS, UNTOUCHED } from './testdata/harmful-worker.ts';
import { HeldHost, reply } from './testdata/held-host.ts';
import { loadWorkerGuest, request, shown } from './worker-fixture.ts';

const MEMORY = 16 * 1024 * 1024;

const at = (target: string) => request({ url: `http://localhost/${target}` });

async function untouched(guest: Guest): Promise<void> {
  const found = shown(await guest.handle(at('count'), new HeldHost()));
  expect(found).toMatchObject({ status: 200, body: UNTOUCHED, stderr: '' });
}

describe('state, while requests wait for the host', () => {
  for (const [harm, description] of Object.entries(HARMS)) {
    it.each(['before', 'after'])(
      `is fresh beside and after those of which ${description}, waiting %s`,
      async (when) => {
        const guest = await loadWorkerGuest(HARMFUL, { limits: { memory: MEMORY } });
        for (let turn = 0; turn < 2; turn++) {
          const hosts = Array.from({ length: 3 }, () => new HeldHost());
          const harms = hosts.map((host) => guest.handle(at(`${when}/${harm}`), host));
          await untouched(guest);
          hosts[0]?.questions[0]?.answer(reply('one goes on'));
          await harms[0];
          await untouched(guest);
          for (const host of hosts) host.questions[0]?.answer(reply('and the others'));
          await Promise.all(harms);
          await untouched(guest);
        }
      },
    );

    it(`is fresh after such a one was stopped in its wait (${harm})`, async () => {
      const guest = await loadWorkerGuest(HARMFUL, { limits: { memory: MEMORY } });
      const host = new HeldHost();
      const result = guest.handle(at(`after/${harm}`), host);
      host.questions[0]?.stop();
      expect(shown(await result)).toHaveProperty('failure');
      await untouched(guest);
    });
  }
});

describe('state, with a time limit', () => {
  let pool: WorkerPool | undefined;

  afterEach(async () => {
    await pool?.close();
    pool = undefined;
  });

  it.each(['spin', 'before/spin', 'after/grow'])('is fresh after /%s took too long', async (target) => {
    const directory = await realpath(await mkdtemp(path.join(tmpdir(), 'waiting-state-')));
    const file = path.join(directory, 'worker.js');
    await writeFile(file, HARMFUL);
    const spec = guestSpec({
      language: 'javascript',
      file,
      http: { ...NO_REQUESTS, allowedHosts: ['a.test'] },
      limits: workerLimits({ memory: MEMORY, time: 500 }),
    });
    const made = new WorkerPool({
      limits: limits({ stallMs: 20, threads: 2 }),
      specs: [spec],
      services: {
        // The question before the loop is answered, the other one never.
        http: async (_guest, _request, signal) => {
          if (target.startsWith('before')) return reply('go on');
          const { promise, reject } = Promise.withResolvers<never>();
          signal.addEventListener('abort', () => reject(new Error('aborted')));
          return await promise;
        },
      },
    });
    pool = made;
    for (let turn = 0; turn < 2; turn++) {
      expect((await made.run(0, { ...at(target), method: 'POST' }).outcome).kind).toBe('timeout');
      const outcome = await made.run(0, at('count')).outcome;
      expect(outcome.kind === 'answered' && Buffer.from(outcome.response.body).toString()).toBe(UNTOUCHED);
    }
    await rm(directory, { recursive: true });
  });
});
