import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { capMemory } from './cap-memory.ts';
import { ModuleError } from './module-error.ts';
import { moduleOf, name, section, startingModule, typeSection } from './testdata/binary.ts';

const PAGE = 65536;

/** A module that exports a memory of this type. */
function withMemory(...type: readonly number[]): Uint8Array {
  return moduleOf(section(5, 1, ...type), section(7, 1, ...name('memory'), 2, 0));
}

async function memoryOf(bytes: Uint8Array): Promise<WebAssembly.Memory> {
  const { memory } = new WebAssembly.Instance(await WebAssembly.compile(bytes)).exports;
  return memory as WebAssembly.Memory;
}

function capped(bytes: Uint8Array, pages: number): Uint8Array {
  return capMemory(bytes, 'm.wasm', pages * PAGE);
}

describe('capMemory()', () => {
  it('lets a memory grow to the limit and no further', async () => {
    const memory = await memoryOf(capped(withMemory(0, 1), 200));
    expect(memory.grow(199)).toBe(1);
    expect(() => memory.grow(1)).toThrow(RangeError);
  });

  it('keeps a lower maximum of the module and lowers a higher one', async () => {
    const own = await memoryOf(capped(withMemory(1, 1, 3), 200));
    expect(() => own.grow(3)).toThrow(RangeError);
    const lowered = await memoryOf(capped(withMemory(1, 1, 0xff, 0xff, 3), 2));
    expect(() => lowered.grow(2)).toThrow(RangeError);
  });

  it('refuses a memory that starts above the limit, and says both', () => {
    expect(() => capped(withMemory(0, 0x80, 0x80, 4), 8192)).toThrow(
      'Cannot load "m.wasm": it asks for 4096 MiB of memory and the limit is 512 MiB',
    );
  });

  it.each([
    ['shared', [3, 1, 2]],
    ['64-bit', [4, 1]],
    ['of an unknown kind', [8, 1]],
  ])('refuses a memory that is %s', (kind, type) => {
    expect(() => capped(withMemory(...type), 10)).toThrow(`its memory is ${kind}, which is not supported`);
  });

  it('has several memories share the limit, and refuses too many', async () => {
    const two = moduleOf(section(5, 2, 0, 1, 0, 3), section(7, 1, ...name('memory'), 2, 1));
    const memory = await memoryOf(capped(two, 10));
    expect(memory.grow(3)).toBe(3);
    expect(() => memory.grow(1)).toThrow(RangeError);
    expect(() => capped(two, 3)).toThrow('it asks for 256 KiB of memory and the limit is 192 KiB');
    const many = moduleOf(section(5, 17, ...Array.from({ length: 17 }, () => [0, 0]).flat()));
    expect(() => capped(many, 10)).toThrow('Cannot load "m.wasm": it has 17 memories and the limit is 16');
  });

  it('leaves out custom sections other than the names', () => {
    const names = section(0, ...name('name'), 1, 0);
    const debug = section(0, ...name('.debug_info'), 1, 2, 3);
    const bytes = capped(moduleOf(debug, typeSection, names), 10);
    expect([...bytes]).toEqual([...moduleOf(typeSection, names)]);
  });

  it('gives back bytes that are no module', () => {
    const bytes = Uint8Array.from([...moduleOf(typeSection), 5, 100, 1]);
    expect(capped(bytes, 10)).toBe(bytes);
  });

  it('ends on any bytes, and leaves every other section as it was', () => {
    const module = startingModule(0x0b);
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(module.length), (noise, at) => {
        const bytes = Uint8Array.from([...module.subarray(0, at), ...noise, ...module.subarray(at)]);
        try {
          expect(capped(bytes, 10)).toBeInstanceOf(Uint8Array);
        } catch (error) {
          expect(error).toBeInstanceOf(ModuleError);
        }
      }),
    );
  });
});
