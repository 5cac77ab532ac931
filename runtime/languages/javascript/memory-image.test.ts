import { beforeAll, describe, expect, it } from 'vitest';
import { type Engine, STACK_TOP } from './engine.ts';
import { type Box, EVAL_SCRIPT } from './engine-exports.ts';
import { engineFor } from './engine-imports.ts';
import { MemoryImage } from './memory-image.ts';
import { preludeFor } from './prelude.ts';
import { WorkerHost } from './worker-host.ts';

const MEMORY_BYTES = 16 * 1024 * 1024;

let module: WebAssembly.Module;
let host: WorkerHost;

beforeAll(async () => {
  ({ module } = await preludeFor(MEMORY_BYTES));
  host = new WorkerHost({ log: 1024, output: 1024, keys: 0 });
});

function booted(): { readonly engine: Engine; readonly dataStart: number } {
  const engine = engineFor(module, host);
  const dataStart = engine.exports.__stack_pointer.value;
  engine.boot();
  engine.evaluate('globalThis.kept = "kept"; globalThis.list = [];', 'setup.js', EVAL_SCRIPT);
  return { engine, dataStart };
}

const run = (engine: Engine, source: string): Box => engine.evaluate(source, 'test.js', EVAL_SCRIPT);

/** What an engine at rest must look like: everything above the stack as it was, the stack clean. */
function expectRestored(engine: Engine, dataStart: number, before: Buffer): void {
  const after = engine.memory;
  expect(engine.exports.__stack_pointer.value).toBe(STACK_TOP);
  expect(after.subarray(0, STACK_TOP).every((byte) => byte === 0)).toBe(true);
  expect(after.subarray(dataStart, before.length).equals(before.subarray(dataStart))).toBe(true);
  expect(after.subarray(before.length).every((byte) => byte === 0)).toBe(true);
}

describe('restore()', () => {
  const disturbances: Record<string, (engine: Engine) => void> = {
    'code that changes values': (engine) => {
      run(engine, 'kept = "changed"; for (let i = 0; i < 1000; i++) list.push({ i });');
    },
    'recursion through most of the stack': (engine) => {
      run(engine, 'let depth = 0; (function f() { if (depth++ < 1000) f(); })();');
    },
    'memory that grew': (engine) => {
      run(engine, 'list.push(new Uint8Array(3000000).fill(255));');
    },
    'every byte overwritten': (engine) => {
      engine.memory.fill(0xaa, 0, STACK_TOP);
      engine.memory.fill(0xaa, 1024 * 1024);
    },
    'a stack pointer left where it was': (engine) => {
      engine.exports.__stack_pointer.value = 4096;
    },
  };

  for (const [name, disturb] of Object.entries(disturbances)) {
    it(`undoes ${name}, byte for byte`, () => {
      const { engine, dataStart } = booted();
      const image = MemoryImage.take(engine, dataStart);
      image.restore(engine, true);
      const before = Buffer.from(engine.memory);
      disturb(engine);
      image.restore(engine, false);
      expectRestored(engine, dataStart, before);
      expect(engine.text(run(engine, 'kept + list.length'))).toBe('kept0');
    });
  }

  it('fills an instance that never ran, smaller than the image', () => {
    const { engine, dataStart } = booted();
    run(engine, 'list.push(new Uint8Array(3000000));');
    const image = MemoryImage.take(engine, dataStart);
    const other = engineFor(module, host);
    expect(other.memory.length).toBeLessThan(image.length);
    image.restore(other, true);
    expectRestored(other, dataStart, Buffer.from(engine.memory));
    expect(other.text(run(other, 'kept + list[0].length'))).toBe('kept3000000');
  });

  it('clears the whole stack when told to be thorough', () => {
    const { engine, dataStart } = booted();
    const image = MemoryImage.take(engine, dataStart);
    engine.memory[10] = 1;
    image.restore(engine, true);
    expect(engine.memory[10]).toBe(0);
  });
});

describe('take()', () => {
  it('refuses an engine that is not at rest', () => {
    const { engine, dataStart } = booted();
    engine.exports.__stack_pointer.value -= 16;
    expect(() => MemoryImage.take(engine, dataStart)).toThrow('Cannot take an image of a running engine');
  });
});
