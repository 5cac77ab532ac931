import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#runtime/settings.ts';
import { workerLimits } from '#runtime/worker-limits.ts';
import type { GuestRest } from './guest.ts';
import type { Outcome } from './outcome.ts';
import { WorkerPool } from './pool.ts';
import { get } from './testdata/asking.ts';
import { guestSpec } from './testdata/guest-spec.ts';

const SOURCES = {
  sleeper: `export default async (request) => {
    await new Promise((wake) => setTimeout(wake, Number(new URL(request.url).search.slice(1))));
    return new Response('woke');
  }`,
  spinner: `export default () => new Promise(() => setTimeout(() => { for (;;); }));`,
  endless: `export default () => new Promise(() => { const again = () => setTimeout(again, 0); again(); });`,
  intervals: `export default () => new Promise(() => { for (let n = 0; n < 4000; n++) setInterval(() => {}, 0); });`,
  lingerer: `export default (request, env, ctx) => {
    const work = async () => {
      await new Promise((wake) => setTimeout(wake, 1));
      console.log('after the answer');
      if (request.url.endsWith('/spin')) for (;;);
      if (request.url.endsWith('/sleep')) await new Promise((wake) => setTimeout(wake, 1e9));
    };
    ctx.waitUntil(work());
    return new Response('answered');
  }`,
  quick: `export default () => new Response('quick');`,
};

const NAMES = Object.keys(SOURCES) as readonly (keyof typeof SOURCES)[];

let directory: string;
let pool: WorkerPool;
let rests: (readonly [name: string | undefined, rest: GuestRest])[];
let heard: PromiseWithResolvers<void>;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'timers-'));
  const specs = NAMES.map((name) => {
    const file = path.join(directory, `${name}.js`);
    const time = name === 'quick' || name === 'sleeper' ? 20_000 : 300;
    return guestSpec({ language: 'javascript', file, name, limits: workerLimits({ time }) });
  });
  for (const name of NAMES) await writeFile(path.join(directory, `${name}.js`), SOURCES[name]);
  rests = [];
  heard = Promise.withResolvers();
  pool = new WorkerPool({
    specs,
    limits: limits({ threads: 2, stallMs: 20 }),
    onRest: (guest, rest) => {
      rests.push([NAMES[guest], rest]);
      heard.resolve();
    },
  });
});

afterEach(async () => {
  await pool.close();
  await rm(directory, { recursive: true });
});

function ask(name: keyof typeof SOURCES, target = '/'): Promise<Outcome> {
  return pool.run(NAMES.indexOf(name), get(target)).outcome;
}

function text(outcome: Outcome): string {
  return outcome.kind === 'answered' ? Buffer.from(outcome.response.body).toString() : outcome.kind;
}

describe('a worker that waits for a timer', () => {
  it('holds up neither other workers nor other requests of its own', async () => {
    const sleeping = ask('sleeper', '/?19000');
    let isAwake = false;
    void sleeping.then(() => {
      isAwake = true;
    });
    const brief = Array.from({ length: 20 }, () => ask('sleeper', '/?1'));
    for (let i = 0; i < 5; i++) expect(text(await ask('quick'))).toBe('quick');
    expect((await Promise.all(brief)).map(text)).toEqual(Array(20).fill('woke'));
    expect(isAwake).toBe(false);
  });

  it('may be many more than a thread holds of one worker at a time', async () => {
    const calls = Array.from({ length: 100 }, () => ask('sleeper', '/?2'));
    expect((await Promise.all(calls)).map(text)).toEqual(Array(100).fill('woke'));
  });

  it.each(['endless', 'intervals'] as const)('by %s timers is ended, and others are served', async (name) => {
    const endless = ask(name);
    for (let i = 0; i < 5; i++) expect(text(await ask('quick'))).toBe('quick');
    expect((await endless).kind).toBe('timeout');
  });

  it('that never returns from it is ended, and others are served', async () => {
    const [spun] = await Promise.all([ask('spinner'), ask('quick').then(text)]);
    expect(spun.kind).toBe('timeout');
    expect(text(await ask('quick'))).toBe('quick');
  });
});

describe('a worker that goes on after its answer', () => {
  it('is heard to its end', async () => {
    const outcome = await ask('lingerer');
    expect(outcome).toMatchObject({ kind: 'answered', stderr: new Uint8Array() });
    await heard.promise;
    expect(rests.map(([name, { stderr }]) => [name, Buffer.from(stderr).toString()])).toEqual([
      ['lingerer', 'after the answer\n'],
    ]);
  });

  it('has the time of its request and no more', async () => {
    expect(text(await ask('lingerer', '/sleep'))).toBe('answered');
    await heard.promise;
    const [[, { stderr, limits: met }] = ['', { stderr: Uint8Array.of() }]] = rests;
    expect(Buffer.from(stderr).toString()).toBe(
      'after the answer\nStopped after its answer: it took longer than 300 ms and was stopped\n',
    );
    expect(met).toEqual(['time']);
  });

  it('is waited for before the end, as long as that is allowed', async () => {
    expect(text(await ask('lingerer'))).toBe('answered');
    await pool.finish(20_000);
    expect(rests).toHaveLength(1);
    expect(text(await ask('lingerer', '/sleep'))).toBe('answered');
    await pool.finish(1);
    await pool.close();
    const [, [, { stderr }] = ['', { stderr: Uint8Array.of() }]] = rests;
    expect(Buffer.from(stderr).toString()).toMatch(
      /^Stopped after its answer: (its thread was ended|the server)/,
    );
  });

  it('cannot take the thread with it', async () => {
    expect(text(await ask('lingerer', '/spin'))).toBe('answered');
    for (let i = 0; i < 5; i++) expect(text(await ask('quick'))).toBe('quick');
    await heard.promise;
    const [[, { stderr }] = ['', { stderr: Uint8Array.of() }]] = rests;
    expect(Buffer.from(stderr).toString()).toMatch(/^Stopped after its answer: it ran longer than 300 ms/);
  });
});
