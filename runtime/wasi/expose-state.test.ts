import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUnsigned } from './binary.ts';
import { capMemory } from './cap-memory.ts';
import { type Exposure, exposeState } from './expose-state.ts';
import { commandLimits } from './limits.ts';
import { importSection, moduleOf, name, section, startingModule, typeSection } from './testdata/binary.ts';
import { compileC } from './testdata/compile-c.ts';

const END = 0x0b;

type Exposed = Extract<Exposure, { readonly kind: 'exposed' }>;

function exposed(bytes: Uint8Array): Exposed {
  const exposure = exposeState(bytes);
  if (exposure.kind === 'hidden') throw new Error(exposure.reason);
  return exposure;
}

async function instantiated({ bytes }: Exposed): Promise<WebAssembly.Instance> {
  return new WebAssembly.Instance(await WebAssembly.compile(bytes));
}

/** i32 42, immutable i32 1, i64 -1, f32 1.5, f64 -0. */
const globals = section(
  6,
  ...[5, 0x7f, 1, 0x41, 42, END],
  ...[0x7f, 0, 0x41, 1, END],
  ...[0x7e, 1, 0x42, 0x7f, END],
  ...[0x7d, 1, 0x43, 0, 0, 0xc0, 0x3f, END],
  ...[0x7c, 1, 0x44, 0, 0, 0, 0, 0, 0, 0, 0x80, END],
);

describe('exposeState()', () => {
  it('exports the memory, the mutable globals and the tables of a module', async () => {
    const tables = section(4, 2, 0x70, 0, 3, 0x6f, 0, 1);
    const result = exposed(moduleOf(tables, section(5, 1, 0, 2), globals));
    const { exports } = await instantiated(result);
    const { state } = result;
    expect(Object.keys(exports)).toEqual([state.memory, ...state.globals, ...state.tables]);
    expect((exports[state.memory ?? ''] as WebAssembly.Memory).buffer.byteLength).toBe(2 * 65536);
    const all = state.globals.map((global) => exports[global] as WebAssembly.Global);
    expect(all.map(({ value }) => value)).toEqual([42, -1n, 1.5, -0]);
    for (const global of all) global.value = typeof global.value === 'bigint' ? 5n : 5;
    expect(all.map(({ value }) => value)).toEqual([5, 5n, 5, 5]);
    expect(state.tables.map((table) => (exports[table] as WebAssembly.Table).length)).toEqual([3, 1]);
  });

  it('keeps what the module exports itself, whatever its names', async () => {
    const own = section(7, 2, ...name('wws:state/memory/0'), 3, 1, ...name('wws:state//'), 3, 0);
    const result = exposed(moduleOf(section(5, 1, 0, 2), globals, own));
    const { exports } = await instantiated(result);
    expect(exports['wws:state/memory/0']).toHaveProperty('value', 1);
    expect(exports['wws:state//']).toHaveProperty('value', 42);
    expect(exports[result.state.memory ?? '']).toBeInstanceOf(WebAssembly.Memory);
  });

  it('has nothing to name in a module without state', () => {
    expect(exposed(moduleOf()).state).toEqual({
      memory: undefined,
      globals: [],
      size: undefined,
      refusals: undefined,
      tables: [],
    });
  });

  it.each([
    ['a start function', moduleOf(typeSection, section(3, 1, 0), section(8, 0), section(10, 1, 2, 0, END))],
    ['an import that is no function', moduleOf(section(2, 1, ...name('a'), ...name('b'), 3, 0x7f, 0))],
    ['a mutable global that is no number', moduleOf(section(6, 1, 0x6f, 1, 0xd0, 0x6f, END))],
    [
      'a mutable global that is no number',
      moduleOf(section(6, 1, 0x7b, 1, 0xfd, 12, ...new Array<number>(16).fill(0), END)),
    ],
    ['a global of unknown type', moduleOf(section(6, 1, 0x6e, 0, 0xd0, 0x6e, END))],
    ['unknown instruction 0xfb', moduleOf(section(6, 1, 0x6f, 0, 0xd0, 0x6e, 0xfb, 0x1b, END))],
    ['more than one memory', moduleOf(section(5, 2, 0, 1, 0, 1))],
    ['instruction 0x26', withTable(0x41, 0, 0xd0, 0x70, 0x26, 0)],
    ['instruction 0xfc 0x0f', withTable(0xd0, 0x70, 0x41, 1, 0xfc, 0x0f, 0, 0x1a)],
    // The opcode as a number that is longer than it need be.
    ['instruction 0xfc 0x0f', withTable(0xd0, 0x70, 0x41, 1, 0xfc, 0x8f, 0x00, 0, 0x1a)],
    ['unknown instruction 0xfe', startingModule(0xfe, 0x03, 0, END)],
  ])('says of a module with %s that its state is hidden', (reason, bytes) => {
    expect(WebAssembly.validate(bytes)).toBe(true);
    expect(exposeState(bytes)).toEqual({ kind: 'hidden', reason });
  });

  it('counts as hidden what it does not know', () => {
    expect(exposeState(moduleOf(section(14, 0)))).toEqual({ kind: 'hidden', reason: 'unknown section 14' });
    const tables = moduleOf([4, 5, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    expect(exposeState(tables)).toEqual({ kind: 'hidden', reason: 'too many tables' });
  });

  it.each([
    ['worker', ['-Wl,--allow-undefined']],
    ['worker', ['-Wl,--allow-undefined', '-O3', '-msimd128', '-mbulk-memory', '-mnontrapping-fptoint']],
    ['state', []],
    ['command', ['-g', '-O0']],
    ['reactor', ['-mexec-model=reactor']],
  ])('takes what clang makes of %s.c with %j', async (source, flags) => {
    const into = await mkdtemp(path.join(tmpdir(), 'expose-state-'));
    try {
      const bytes = await readFile(await compileC({ source, into, flags }));
      const result = exposed(capMemory(bytes, source, commandLimits.memory));
      const before = WebAssembly.Module.exports(await WebAssembly.compile(bytes));
      const { memory, globals: all, tables } = result.state;
      const added = [
        { name: memory, kind: 'memory' },
        ...all.map((global) => ({ name: global, kind: 'global' })),
        ...tables.map((table) => ({ name: table, kind: 'table' })),
      ];
      const after = WebAssembly.Module.exports(await WebAssembly.compile(result.bytes));
      expect(after).toEqual([...before, ...added]);
      // A command allocates, and so grows its memory: its size and the refusals are two globals more.
      const sizes = source === 'reactor' ? [] : all.slice(-2);
      expect([result.state.size, result.state.refusals]).toEqual(
        sizes.length === 0 ? [undefined, undefined] : sizes,
      );
      expect(all.length - sizes.length).toBe(source === 'state' ? 5 : 1);
    } finally {
      await rm(into, { recursive: true, force: true });
    }
  });

  it('makes a valid module of every valid one, and ends on any bytes', () => {
    const module = moduleOf(importSection('a', 'b'), section(4, 1, 0x70, 0, 1), section(5, 1, 0, 1), globals);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), fc.nat(module.length), fc.nat(4), (noise, at, cut) => {
        const bytes = Uint8Array.from([...module.subarray(0, at), ...noise, ...module.subarray(at + cut)]);
        const result = exposeState(bytes);
        if (result.kind === 'hidden' || !WebAssembly.validate(bytes)) return;
        expect(WebAssembly.validate(result.bytes)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

/** A module with a table, whose one function consists of these instructions. */
function withTable(...instructions: readonly number[]): Uint8Array {
  const size = encodeUnsigned(instructions.length + 2);
  return moduleOf(
    typeSection,
    section(3, 1, 0),
    section(4, 1, 0x70, 0, 1),
    section(10, 1, ...size, 0, ...instructions, END),
  );
}
