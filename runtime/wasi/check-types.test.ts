import { describe, expect, it } from 'vitest';
import { capMemory } from './cap-memory.ts';
import { moduleOf, section } from './testdata/binary.ts';

const FUNCTION = [0x60, 0, 0];
const STRUCT = [0x5f, 1, 0x7f, 1];
const ARRAY = [0x5e, 0x7f, 1];

function load(...types: readonly (readonly number[])[]): Uint8Array {
  const module = moduleOf(section(1, types.length, ...types.flat()));
  expect(WebAssembly.validate(Buffer.from(module))).toBe(true);
  return capMemory(module, 'm.wasm', 65536);
}

describe('checkTypes()', () => {
  it.each([
    ['a struct', [STRUCT]],
    ['an array behind a function', [FUNCTION, ARRAY]],
    ['a struct that may have subtypes', [[0x50, 0, ...STRUCT]]],
    [
      'a subtype of a struct',
      [
        [0x50, 0, ...STRUCT],
        [0x4f, 1, 0, ...STRUCT],
      ],
    ],
    ['an array in a group', [[0x4e, 2, ...FUNCTION, ...ARRAY]]],
  ])('refuses %s', (_, types) => {
    expect(() => load(...types)).toThrow(
      'Cannot load "m.wasm": it has garbage-collected types (WasmGC), whose memory no limit would bound',
    );
  });

  it('takes functions, also with references among their parameters, in groups, and with subtypes', () => {
    const references = [0x60, 3, 0x7f, 0x63, 0x70, 0x64, 0, 1, 0x6f];
    const bytes = moduleOf(section(1, 3, ...FUNCTION, 0x4e, 1, ...references, 0x50, 0, ...FUNCTION));
    expect(WebAssembly.validate(Buffer.from(bytes))).toBe(true);
    expect([...capMemory(bytes, 'm.wasm', 65536)]).toEqual([...bytes]);
  });

  it('refuses types that nobody knows', () => {
    const unknown = moduleOf(section(1, 1, 0x5d, 0));
    expect(() => capMemory(unknown, 'm.wasm', 65536)).toThrow('it has types of an unknown kind (0x5d)');
  });
});
