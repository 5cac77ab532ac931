import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '#runtime/settings.ts';
import type { Outcome } from '#runtime/worker/outcome.ts';
import { WorkerPool } from '#runtime/worker/pool.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { workerLimits } from '#runtime/worker-limits.ts';
import { testInterpreter } from '../testdata/interpreters.ts';
import { makeProject, request } from './worker-fixture.ts';

const SOURCE = `
import asyncio, re, time
def spin():
    while True:
        pass
def catch():
    while True:
        try:
            spin()
        except BaseException:
            pass
async def worker(request):
    what = request.url.rsplit("/")[-1]
    if what == "spin": spin()
    if what == "catch": catch()
    if what == "native": re.match("(a+)+$", "a" * 40 + "b")
    if what == "sleep": time.sleep(3600)
    if what == "never": await asyncio.get_running_loop().create_future()
    if what == "flood":
        while True: print("x" * 1000)
    return Response("fine")
`;

let pool: WorkerPool | undefined;

afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

async function poolOf(source: string, time: number): Promise<(target: string) => Promise<Outcome>> {
  const root = await makeProject({ 'worker.py': source });
  const spec = guestSpec({
    language: 'interpreted',
    file: path.join(root, 'worker.py'),
    interpreter: await testInterpreter('python 3.12'),
    limits: workerLimits({ time, memory: 64 * 1024 * 1024 }),
  });
  const made = new WorkerPool({ limits: limits({ loadMs: 60_000 }), specs: [spec] });
  pool = made;
  return async (target) => await made.run(0, request({ url: `http://localhost/${target}` })).outcome;
}

describe('a Python worker that does not end', () => {
  it('is stopped at its time limit, in whatever way it goes on, and the next request is served', async () => {
    const ask = await poolOf(SOURCE, 1500);
    expect(await ask('fine')).toMatchObject({ kind: 'answered' });
    for (const target of ['catch', 'native', 'sleep', 'flood']) {
      expect([target, (await ask(target)).kind]).toEqual([target, 'timeout']);
      expect([target, (await ask('fine')).kind]).toEqual([target, 'answered']);
    }
  }, 120_000);

  it('fails at once where nothing can wake it', async () => {
    const ask = await poolOf(SOURCE, 30_000);
    expect(await ask('never')).toMatchObject({
      kind: 'failed',
      reason: 'Failed: RuntimeError: The worker waits for something that never comes',
    });
    expect(await ask('fine')).toMatchObject({ kind: 'answered' });
  });
});
