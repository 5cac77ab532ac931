import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '#runtime/settings.ts';
import { moduleOf, name, section } from '#runtime/wasi/testdata/binary.ts';
import { workerLimits } from '#runtime/worker-limits.ts';
import type { GuestSpec } from './guest.ts';
import type { Outcome } from './outcome.ts';
import { WorkerPool } from './pool.ts';
import { get } from './testdata/asking.ts';
import { guestSpec } from './testdata/guest-spec.ts';

const MEBIBYTE = 1024 * 1024;

/** Instructions (core spec 5.4). */
const [BLOCK, LOOP, END, UNREACHABLE, DROP] = [0x02, 0x03, 0x0b, 0x00, 0x1a] as const;
const EMPTY = 0x40;
const AGAIN = [0x0c, 0];
const GET_GLOBAL = [0x23, 0];
const SET_GLOBAL = [0x24, 0];
const EXNREF = 0x69;

/** Loops without end over these instructions. */
function endless(sections: readonly (readonly number[])[], ...instructions: readonly number[]): Uint8Array {
  const body = [0, LOOP, EMPTY, ...instructions, ...AGAIN, END, END];
  const [types = [], ...state] = sections;
  return moduleOf(
    types,
    section(3, 1, 0),
    ...state,
    section(7, 1, ...name('_start'), 0, 0),
    section(10, 1, body.length, ...body),
  );
}

/** A list of exceptions, each of which carries the one before it. */
const EXCEPTIONS = endless(
  [
    section(1, 2, 0x60, 0, 0, 0x60, 1, EXNREF, 0),
    section(13, 1, 0, 1),
    section(6, 1, EXNREF, 1, 0xd0, EXNREF, END),
  ],
  ...[BLOCK, EXNREF, 0x1f, EMPTY, 1, 3, 0],
  ...[...GET_GLOBAL, 0x08, 0, END, UNREACHABLE, END],
  ...SET_GLOBAL,
);

/** A list of structs. */
const STRUCTS = endless(
  [section(1, 2, 0x60, 0, 0, 0x5f, 1, 0x63, 1, 1), section(6, 1, 0x63, 1, 1, 0xd0, 1, END)],
  ...[...GET_GLOBAL, 0xfb, 0, 1],
  ...SET_GLOBAL,
);

/** Arrays of a million entries. */
const ARRAYS = endless(
  [section(1, 2, 0x60, 0, 0, 0x5e, 0x7f, 1)],
  0x41,
  0x80,
  0x80,
  0xc0,
  0,
  0xfb,
  7,
  1,
  DROP,
);

const NEIGHBOUR = 'export default () => new Response("unharmed");';

let directory: string;
let neighbour: GuestSpec;
let pool: WorkerPool | undefined;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'heap-bombs-')));
  neighbour = guestSpec({ language: 'javascript', file: await write('neighbour.js', NEIGHBOUR) });
});

afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function write(file: string, content: Uint8Array | string): Promise<string> {
  const whole = path.join(directory, file);
  await writeFile(whole, content);
  return whole;
}

/** Asks the bomb, and then its neighbour, which must have an answer whatever becomes of the bomb. */
function beside(bomb: GuestSpec, heap = 64): () => Promise<Outcome> {
  const made = new WorkerPool({
    limits: limits({ heapBytes: heap * MEBIBYTE, threads: 2 }),
    specs: [bomb, neighbour],
  });
  pool = made;
  return async () => {
    const [outcome, other] = await Promise.all([
      made.run(0, get('/')).outcome,
      made.run(1, get('/')).outcome,
    ]);
    expect(other.kind).toBe('answered');
    const after = await made.run(1, get('/')).outcome;
    expect(after.kind === 'answered' && Buffer.from(after.response.body).toString()).toBe('unharmed');
    return outcome;
  };
}

describe("a worker that fills its thread's heap", () => {
  it('attack 27: loses its thread when it keeps exceptions without end, and the server lives', async () => {
    expect(WebAssembly.validate(Buffer.from(EXCEPTIONS))).toBe(true);
    const file = await write('exceptions.wasm', EXCEPTIONS);
    const ask = beside(guestSpec({ file, limits: workerLimits({ time: 600_000 }) }));
    for (let turn = 0; turn < 2; turn++) {
      expect(await ask()).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/memory limit/) });
    }
  });

  it.each([
    ['structs', STRUCTS],
    ['arrays', ARRAYS],
  ])('attack 27: is not loaded when it has %s of the engine itself', async (kind, bytes) => {
    expect(WebAssembly.validate(Buffer.from(bytes))).toBe(true);
    const ask = beside(guestSpec({ file: await write(`${kind}.wasm`, bytes) }));
    expect(await ask()).toMatchObject({
      kind: 'failed',
      reason: 'it has garbage-collected types (WasmGC), whose memory no limit would bound',
    });
  });

  it('attack 62: is refused when its copy of the K/V store has half a million keys', async () => {
    const source = `export default () => {
      for (let i = 0; i < 500_000; i++) Cache.set('k' + i, '');
      return new Response('x');
    };`;
    const kv = { namespace: 'n', consistency: 'snapshot' } as const;
    const bomb = guestSpec({ language: 'javascript', file: await write('keys.js', source), kv });
    const reason = expect.stringContaining('it has more than 21000 values');
    expect(await beside(bomb, 64)()).toMatchObject({ kind: 'failed', reason });
  });

  it.each([
    ['ten million values', '"[" + "[],".repeat(10_000_000) + "0]"', 'it has more than 100000 values'],
    ['a text of 48 MiB', '"x".repeat(48 << 20)', 'A text for the host is larger than 32 MiB'],
  ])('attack 47: is refused when it hands the host %s', async (_, text, reason) => {
    const source = `export default async () => { JSON.stringify = () => ${text}; await KV.get('x'); };`;
    const bomb = guestSpec({ language: 'javascript', file: await write('values.js', source) });
    expect(await beside(bomb, 128)()).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining(reason),
    });
  });
});
