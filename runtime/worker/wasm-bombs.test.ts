import { mkdtemp, open, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '#runtime/settings.ts';
import { encodeUnsigned } from '#runtime/wasi/binary.ts';
import { moduleOf, name, section, startingModule, typeSection } from '#runtime/wasi/testdata/binary.ts';
import { compileC } from '#runtime/wasi/testdata/compile-c.ts';
import { type WorkerLimits, workerLimits } from '#runtime/worker-limits.ts';
import type { Outcome } from './outcome.ts';
import { WorkerPool } from './pool.ts';
import { guestSpec } from './testdata/guest-spec.ts';

/** Instructions (core spec 5.4). */
const LOOP = [0x03, 0x40];
const BRANCH = [0x0c, 0];
const BRANCH_IF = [0x0d, 0];
const UNREACHABLE = 0x00;
const CALL_SELF = [0x10, 0];
const DROP = 0x1a;
const END = 0x0b;
const MINUS_ONE = [0x41, 0x7f];
const NOT_EQUAL = 0x47;

let directory: string;
let state: string;
let pool: WorkerPool | undefined;

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'wasm-bombs-')));
  state = await compileC({ source: 'state', into: directory });
  await writeFile(path.join(directory, 'note.txt'), 'a note');
});

afterEach(async () => {
  await pool?.close();
  pool = undefined;
});

afterAll(() => rm(directory, { recursive: true, force: true }));

async function write(file: string, bytes: Uint8Array): Promise<string> {
  const whole = path.join(directory, file);
  await writeFile(whole, bytes);
  return whole;
}

interface Ring {
  /** Asks the bomb. */
  run(target?: string): Promise<Outcome>;
  /** Asks the worker beside it, and answers the state it finds. */
  neighbour(): Promise<string>;
}

/** Two workers in one pool: the bomb, and one that must not be harmed. */
function ring(bomb: string, changes: Partial<WorkerLimits> = {}, loadMs = 30_000): Ring {
  const folders = [{ guestPath: '/data', hostPath: directory, writable: false }];
  const made = new WorkerPool({
    limits: limits({ stallMs: 20, loadMs }),
    specs: [
      guestSpec({ file: bomb, folders, limits: workerLimits(changes) }),
      guestSpec({ file: state, folders }),
    ],
  });
  pool = made;
  const run = async (guest: number, target: string): Promise<Outcome> =>
    await made.run(guest, {
      ...{ url: `http://h${target}`, method: 'GET', headers: {}, body: '', kv: {}, params: {} },
    }).outcome;
  return {
    run: (target = '/') => run(0, target),
    async neighbour() {
      const outcome = await run(1, '/look');
      return outcome.kind === 'answered' ? Buffer.from(outcome.response.body).toString() : outcome.kind;
    },
  };
}

/** Long enough for the neighbour on a machine that is busy with other things. */
const LOAD_MS = 4_000;

const UNHARMED = /^[0-9a-f]+ 0 0 0 0 0 1 4 0x/;

/** A section of any length. */
function long(id: number, ...bytes: readonly (number | Uint8Array)[]): Uint8Array {
  const body = Buffer.concat(bytes.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)));
  return Buffer.concat([Uint8Array.of(id, ...encodeUnsigned(body.length)), body]);
}

/** A command whose only function has this body, locals included. */
function commandOf(body: Uint8Array): Uint8Array {
  return Buffer.concat([
    moduleOf(typeSection, section(3, 1, 0), section(7, 1, ...name('_start'), 0, 0)),
    long(10, 1, Uint8Array.from(encodeUnsigned(body.length)), body),
  ]);
}

describe('a module that wants too much', () => {
  it('attack 26: is not loaded when its memory begins with 4 GiB', async () => {
    const { run, neighbour } = ring(await write('memory.wasm', moduleOf(section(5, 1, 0, 0x80, 0x80, 4))));
    const reason = 'it asks for 4096 MiB of memory and the limit is 256 MiB';
    expect(await run()).toMatchObject({ kind: 'failed', reason });
    expect(await neighbour()).toMatch(UNHARMED);
  });

  it('attack 27: gets no memory beyond its limit, however often it asks', async () => {
    const grow = [...LOOP, 0x41, 1, 0x40, 0, ...MINUS_ONE, NOT_EQUAL, ...BRANCH_IF, END, UNREACHABLE, END];
    const { run, neighbour } = ring(await write('grow.wasm', startingModule(...grow)));
    for (let turn = 0; turn < 10; turn++) {
      expect(await run()).toMatchObject({ kind: 'failed', reason: 'Trapped: unreachable' });
    }
    expect(await neighbour()).toMatch(UNHARMED);
  });

  it('attack 28: gets no table beyond the limit, and a fresh one for each request', async () => {
    // Traps when the table does not have its one entry; grows it until it grows no more.
    const size = [0xfc, 16, 0, 0x41, 1, NOT_EQUAL, 0x04, 0x40, UNREACHABLE, END];
    const grow = [0xd0, 0x70, 0x41, 0x80, 0x80, 1, 0xfc, 15, 0, ...MINUS_ONE, NOT_EQUAL];
    const body = [...size, ...LOOP, ...grow, ...BRANCH_IF, END, END];
    const bytes = moduleOf(
      typeSection,
      section(3, 1, 0),
      section(4, 1, 0x70, 0, 1),
      section(7, 1, ...name('_start'), 0, 0),
      section(10, 1, body.length + 1, 0, ...body),
    );
    const { run, neighbour } = ring(await write('table.wasm', bytes));
    for (let turn = 0; turn < 10; turn++) {
      expect(await run()).toMatchObject({ kind: 'failed', reason: 'stdout is empty' });
    }
    expect(await neighbour()).toMatch(UNHARMED);
  });

  it('attack 29: is not read when its file is too large', async () => {
    const file = await write('large.wasm', moduleOf());
    await using handle = await open(file, 'r+');
    await handle.truncate(1024 ** 3);
    const { run, neighbour } = ring(file);
    const reason = 'it is larger than the limit of 64 MiB';
    expect(await run()).toMatchObject({ kind: 'failed', reason });
    expect(await neighbour()).toMatch(UNHARMED);
  });

  it.each([
    [
      'a million locals',
      Buffer.concat([Uint8Array.of(1, ...encodeUnsigned(1_000_000), 0x7f), Uint8Array.of(END)]),
    ],
    [
      'a jump with a million labels',
      Buffer.concat([
        Uint8Array.of(0, 0x41, 0, 0x0e, ...encodeUnsigned(1_000_000)),
        Buffer.alloc(1_000_001),
        Uint8Array.of(END),
      ]),
    ],
    [
      'a million blocks in each other',
      Buffer.concat([
        Uint8Array.of(0),
        Buffer.alloc(2_000_000, Uint8Array.of(0x02, 0x40)),
        Buffer.alloc(1_000_001, END),
      ]),
    ],
  ])('attack 29: is compiled in bounded time, or not at all, with %s', async (_, body) => {
    const { run, neighbour } = ring(await write('bomb.wasm', commandOf(body)), {}, LOAD_MS);
    expect(await neighbour()).toMatch(UNHARMED);
    const bomb = run();
    expect(await neighbour()).toMatch(UNHARMED);
    expect(await bomb).toMatchObject({ kind: 'failed' });
    expect(await neighbour()).toMatch(UNHARMED);
  });

  it('attack 29: loads a module with a million functions in its time, or gives it up', async () => {
    const count = Uint8Array.from(encodeUnsigned(999_000));
    const code = Buffer.concat(
      Array.from({ length: 9990 }, () => Buffer.alloc(300, Uint8Array.of(2, 0, END))),
    );
    const functions = Buffer.concat([
      moduleOf(typeSection),
      long(3, count, Buffer.alloc(999_000)),
      long(10, count, code),
    ]);
    const { run, neighbour } = ring(await write('functions.wasm', functions), {}, LOAD_MS);
    expect(await neighbour()).toMatch(UNHARMED);
    const bomb = run();
    expect(await neighbour()).toMatch(UNHARMED);
    expect((await bomb).kind).toBe('failed');
  });

  it('attack 33: is not loaded with 64-bit memory, and traps at addresses beyond its own', async () => {
    const wide = moduleOf(section(5, 1, 4, 1));
    expect(await ring(await write('wide.wasm', wide)).run()).toMatchObject({
      kind: 'failed',
      reason: 'its memory is 64-bit, which is not supported',
    });
    await pool?.close();
    const far = startingModule(...MINUS_ONE, 0x28, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, DROP, END);
    const { run, neighbour } = ring(await write('far.wasm', far));
    expect(await run()).toMatchObject({ kind: 'failed', reason: 'Trapped: memory access out of bounds' });
    expect(await neighbour()).toMatch(UNHARMED);
  });

  it('attack 34: may need a new instance for every request, thousands of times', async () => {
    // It grows, so that none is of use for a second request.
    const { run, neighbour } = ring(await write('one.wasm', startingModule(0x41, 1, 0x40, 0, DROP, END)));
    for (let turn = 0; turn < 100; turn++) {
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => run()));
      for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: 'stdout is empty' });
    }
    expect(await neighbour()).toMatch(UNHARMED);
  });
});

describe('a module that does not end well', () => {
  it('attack 30: is stopped when it loops without end, and the others are answered meanwhile', async () => {
    const spin = startingModule(...LOOP, ...BRANCH, END, END);
    const file = await write('spin.wasm', spin);
    const endless = ring(file, { time: 600_000 });
    const spinning = endless.run();
    for (let turn = 0; turn < 20; turn++) expect(await endless.neighbour()).toMatch(UNHARMED);
    await pool?.close();
    expect((await spinning).kind).toBe('overloaded');
    const { run, neighbour } = ring(file, { time: 150 });
    expect((await run()).kind).toBe('timeout');
    expect(await neighbour()).toMatch(UNHARMED);
  });

  it('attack 31: fails when it calls itself without end, and answers the next request', async () => {
    const deep = startingModule(...CALL_SELF, END);
    const { run, neighbour } = ring(await write('deep.wasm', deep));
    for (let turn = 0; turn < 20; turn++) {
      expect(await run()).toMatchObject({ kind: 'failed', reason: 'Trapped: call stack exhausted' });
    }
    expect(await neighbour()).toMatch(UNHARMED);
  });

  it('attack 32: is stopped when its start function loops', async () => {
    const body = [0, ...LOOP, ...BRANCH, END, END];
    const bytes = moduleOf(
      typeSection,
      section(3, 1, 0),
      section(8, 0),
      section(10, 1, body.length, ...body),
    );
    const { run, neighbour } = ring(await write('start.wasm', bytes), { time: 150 });
    const bomb = run();
    expect(await neighbour()).toMatch(UNHARMED);
    expect((await bomb).kind).toBe('timeout');
    expect(await neighbour()).toMatch(UNHARMED);
  });

  it('attack 35: leaves nothing behind when it traps ten thousand times', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = (): number => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const { run, neighbour } = ring(await write('trap.wasm', startingModule(UNREACHABLE, END)));
    const storm = async (): Promise<void> => {
      for (let turn = 0; turn < 50; turn++) {
        for (const outcome of await Promise.all(Array.from({ length: 100 }, () => run()))) {
          if (outcome.kind !== 'failed') throw new Error(outcome.kind);
        }
      }
    };
    await storm();
    const before = heap();
    await storm();
    // 5,000 of anything that is kept would be more.
    expect(heap() - before).toBeLessThan(500_000);
    expect(await neighbour()).toMatch(UNHARMED);
  });

  it.each(['trap', 'scorch', 'exit3', 'recurse', 'flood', 'gluttony', 'spin'])(
    'leaves no state behind after /%s: memory, globals, tables and descriptors are as at first',
    async (harm) => {
      const { run } = ring(state, { time: harm === 'spin' ? 400 : 30_000, memory: 16 * 1024 * 1024 });
      const found = async (): Promise<string> => {
        const outcome = await run('/look');
        return outcome.kind === 'answered' ? Buffer.from(outcome.response.body).toString() : outcome.kind;
      };
      const first = await found();
      expect(first).toMatch(UNHARMED);
      for (let turn = 0; turn < 3; turn++) {
        expect((await run(`/${harm}`)).kind).toBe(harm === 'spin' ? 'timeout' : 'failed');
        expect(await found()).toBe(first);
      }
    },
  );
});

describe('what is no module', () => {
  it.each([
    ['a native program', 'ELF', [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]],
    [
      'a module precompiled by wasmtime, which is an ELF file',
      'wasmtime',
      [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0xc8],
    ],
    ['one precompiled by WAMR', 'WAMR', [0, 0x61, 0x6f, 0x74, 3, 0, 0, 0]],
    ["V8's own cache", 'V8', [0xc0, 0xde, 0x0f, 0xd6, 0, 0, 0, 0]],
  ])('attack 38: %s is refused, whatever it is called', async (_, kind, bytes) => {
    const { run, neighbour } = ring(await write(`${kind}.wasm`, Uint8Array.from(bytes)));
    expect(await run()).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/^expected magic word/),
    });
    expect(await neighbour()).toMatch(UNHARMED);
  });

  it('attack 38: an image of our own engine in a project is not looked at', async () => {
    await write('javascript.image', Buffer.from('not ours'));
    await write('worker-thread.cjs', Buffer.from('process.exit(9)'));
    const file = await write('worker.js', Buffer.from('export default () => new Response("ours");'));
    const before = process.cwd();
    process.chdir(directory);
    try {
      pool = new WorkerPool({ specs: [guestSpec({ language: 'javascript', file })] });
      const request = { url: 'http://h/', method: 'GET', headers: {}, body: '', kv: {}, params: {} };
      const outcome = await pool.run(0, request).outcome;
      expect(outcome.kind === 'answered' && Buffer.from(outcome.response.body).toString()).toBe('ours');
    } finally {
      process.chdir(before);
    }
  });
});
