import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { capMemory } from './cap-memory.ts';
import { compileModule, instantiate, type WasmMemory } from './webassembly.ts';

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const GLOBAL = [0x06, 0x06, 0x01, 0x7f, 0x01, 0x41, 0x00, 0x0b];
/** Exports the memory as `m`. */
const EXPORT = [0x07, 0x05, 0x01, 0x01, 0x6d, 0x02, 0x00];
const memory = (...contents: number[]) => [0x05, contents.length, ...contents];
const module = (...sections: number[][]) => Uint8Array.from([...HEADER, ...sections.flat()]);

describe('capMemory()', () => {
  it('sets the maximum that growing stops at', async () => {
    const capped = capMemory(module(memory(1, 0, 2), GLOBAL, EXPORT), 3);
    const { m } = instantiate<{ m: WasmMemory }>(await compileModule(capped), {});
    expect(m.buffer.byteLength).toBe(2 * 65_536);
    expect(m.grow(1)).toBe(2);
    expect(() => m.grow(1)).toThrow(RangeError);
  });

  it('writes numbers of several bytes', async () => {
    const capped = capMemory(module(memory(1, 0, 0x80, 0x01), GLOBAL, EXPORT), 1000);
    expect([...capped.subarray(8, 16)]).toEqual([0x05, 0x06, 0x01, 0x01, 0x80, 0x01, 0xe8, 0x07]);
  });

  it('accepts the engine that is shipped', async () => {
    const bytes = await readFile(createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm'));
    await expect(compileModule(capMemory(bytes, 64))).resolves.toBeDefined();
  });

  it('refuses modules with state it would miss, or another memory than expected', () => {
    const twoGlobals = [0x06, 0x0b, 0x02, 0x7f, 0x01, 0x41, 0x00, 0x0b, 0x7f, 0x01, 0x41, 0x00, 0x0b];
    expect(() => capMemory(module(memory(1, 0, 2), twoGlobals), 3)).toThrow(
      'stack pointer to be the only global',
    );
    expect(() => capMemory(module(memory(1, 1, 2, 3), GLOBAL), 3)).toThrow('one memory without a maximum');
    expect(() => capMemory(module(memory(1, 0, 4), GLOBAL), 3)).toThrow('it starts with 4');
    expect(() => capMemory(module(GLOBAL), 3)).toThrow('no memory or no globals');
    expect(() => capMemory(module([0x05, 0xff, 0xff, 0xff, 0xff, 0xff]), 3)).toThrow(
      'bad number at offset 9',
    );
  });
});
