import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exposeState } from './expose-state.ts';
import { moduleOf, name, section } from './testdata/binary.ts';

const LOCAL_GET = 0x20;
const MEMORY_SIZE = 0x3f;
const MEMORY_GROW = 0x40;
const I32_LOAD8 = 0x2d;
const END = 0x0b;
const PAGE = 65_536;

/** Exports `grow(delta)`, `size()` and `read(address)` over a memory of 1 to 5 pages. */
const module = moduleOf(
  section(1, 2, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 0, 1, 0x7f),
  section(3, 3, 0, 1, 0),
  section(5, 1, 1, 1, 5),
  section(7, 3, ...name('grow'), 0, 0, ...name('size'), 0, 1, ...name('read'), 0, 2),
  section(
    10,
    3,
    ...[6, 0, LOCAL_GET, 0, MEMORY_GROW, 0, END],
    ...[4, 0, MEMORY_SIZE, 0, END],
    ...[7, 0, LOCAL_GET, 0, I32_LOAD8, 0, 0, END],
  ),
);

interface Exports {
  readonly grow: (delta: number) => number;
  readonly size: () => number;
  readonly read: (address: number) => number;
}

const exposure = exposeState(module);
if (exposure.kind === 'hidden') throw new Error(exposure.reason);
const { bytes, state } = exposure;
const [before, after] = [await WebAssembly.compile(module), await WebAssembly.compile(bytes)];

function original(): Exports {
  return new WebAssembly.Instance(before).exports as unknown as Exports;
}

function rewritten() {
  const { exports } = new WebAssembly.Instance(after);
  return {
    exports: exports as unknown as Exports,
    memory: exports[state.memory ?? ''] as WebAssembly.Memory,
    size: exports[state.size ?? ''] as WebAssembly.Global,
    refusals: exports[state.refusals ?? ''] as WebAssembly.Global,
  };
}

const deltas = fc.array(
  fc.oneof(fc.nat(3), fc.constantFrom(5, 6, 65_535, 65_536, 0x7fff_ffff, -0x8000_0000, -1)),
  { maxLength: 8 },
);

describe('a module that keeps the size of its memory itself', () => {
  it('answers memory.size and memory.grow as it would by nature (core spec 4.4.7)', () => {
    fc.assert(
      fc.property(deltas, (steps) => {
        const [plain, { exports, refusals }] = [original(), rewritten()];
        for (const delta of steps) {
          expect(exports.grow(delta)).toBe(plain.grow(delta));
          expect(exports.size()).toBe(plain.size());
        }
        const refused = original();
        expect(refusals.value).toBe(steps.filter((delta) => refused.grow(delta) === -1).length);
      }),
    );
  });

  it('answers the same once more after its globals were put back, in a memory that stays as large', () => {
    fc.assert(
      fc.property(deltas, deltas, (earlier, later) => {
        const { exports, memory, size, refusals } = rewritten();
        for (const delta of earlier) exports.grow(delta);
        const { byteLength } = memory.buffer;
        size.value = 1;
        refusals.value = 0;
        const plain = original();
        for (const delta of later) {
          expect(exports.grow(delta)).toBe(plain.grow(delta));
          expect(exports.size()).toBe(plain.size());
        }
        expect(memory.buffer.byteLength).toBe(Math.max(byteLength, plain.size() * PAGE));
      }),
    );
  });

  it('traps behind the real memory as ever, and reads zeroes between its size and the real one', () => {
    const { exports, size } = rewritten();
    exports.grow(1);
    size.value = 1;
    expect(exports.read(PAGE)).toBe(0);
    expect(() => exports.read(2 * PAGE)).toThrow('out of bounds');
  });
});
