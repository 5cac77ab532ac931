import { describe, expect, it } from 'vitest';
import { encodeUnsigned } from './binary.ts';
import { capMemory } from './cap-memory.ts';
import { TABLE_ENTRIES } from './cap-tables.ts';
import { moduleOf, name, section } from './testdata/binary.ts';

const FUNCREF = 0x70;

/** A module with tables of these types, of which it exports the first. */
function withTables(...types: readonly (readonly number[])[]): Uint8Array {
  return moduleOf(section(4, types.length, ...types.flat()), section(7, 1, ...name('t'), 1, 0));
}

async function tableOf(bytes: Uint8Array): Promise<WebAssembly.Table> {
  const module = await WebAssembly.compile(capMemory(bytes, 'm.wasm', 65536));
  return new WebAssembly.Instance(module).exports['t'] as WebAssembly.Table;
}

describe('capTables()', () => {
  it('attack 28: lets a table grow to the limit and no further', async () => {
    const table = await tableOf(withTables([FUNCREF, 0, 1]));
    expect(table.grow(TABLE_ENTRIES - 1)).toBe(1);
    expect(() => table.grow(1)).toThrow(RangeError);
  });

  it('attack 28: refuses tables that begin with more than the limit, also in sum', async () => {
    const reason = /^Cannot load "m\.wasm": its tables begin with \d+ entries and the limit is 1000000$/;
    await expect(tableOf(withTables([FUNCREF, 0, ...encodeUnsigned(10_000_000)]))).rejects.toThrow(reason);
    const half = [FUNCREF, 0, ...encodeUnsigned(600_000)];
    await expect(tableOf(withTables(half, half))).rejects.toThrow(reason);
    const many = Array.from({ length: 300 }, () => [FUNCREF, 0, 1]);
    const section4 = Uint8Array.from([4, ...encodeUnsigned(902), ...encodeUnsigned(300), ...many.flat()]);
    expect(() => capMemory(Buffer.concat([moduleOf(), section4]), 'm.wasm', 65536)).toThrow('300 tables');
  });

  it('attack 28: shares the limit among several that grow', async () => {
    const table = await tableOf(withTables([FUNCREF, 0, 1], [FUNCREF, 0, 1]));
    expect(() => table.grow(TABLE_ENTRIES / 2)).toThrow(RangeError);
    expect(table.grow(TABLE_ENTRIES / 2 - 1)).toBe(1);
  });

  it('keeps a lower maximum, and the type of what is in it', async () => {
    const table = await tableOf(withTables([0x63, 0x70, 1, 1, 3]));
    expect(table.grow(2)).toBe(1);
    expect(() => table.grow(1)).toThrow(RangeError);
  });

  it('refuses kinds of tables it does not read', async () => {
    await expect(tableOf(withTables([FUNCREF, 4, 1]))).rejects.toThrow('of a kind that is not supported');
    await expect(tableOf(withTables([0x40, 0, FUNCREF, 0, 1, 0xd0, 0x70, 0x0b]))).rejects.toThrow(
      'initial values',
    );
  });
});
