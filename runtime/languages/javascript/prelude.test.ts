import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { readEngine, readPrelude } from './engine-files.ts';
import { evaluatePrelude } from './evaluate-prelude.ts';
import { enginePrepared, loadPrelude, preludeFor } from './prelude.ts';
import { encodeImageFile, type PreludeImage } from './prelude-image.ts';
import { WorkerHost } from './worker-host.ts';

const MEMORY_BYTES = 16 * 1024 * 1024;

let engine: Buffer;
let image: PreludeImage;
let file: Buffer;

/** Contents of the first section with this id (core spec 5.5.2). */
function sectionOf(module: Buffer, id: number): Buffer {
  for (let at = 8; at < module.length; ) {
    const found = module[at++];
    let size = 0;
    for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
      byte = module[at++] ?? 0;
      size |= (byte & 0x7f) << shift;
    }
    if (found === id) return module.subarray(at, at + size);
    at += size;
  }
  throw new Error(`no section ${id}`);
}

beforeAll(async () => {
  engine = readEngine();
  image = evaluatePrelude(await WebAssembly.compile(engine), readPrelude());
  file = Buffer.from(encodeImageFile({ engine, image }));
});

describe('evaluatePrelude()', () => {
  it('makes the same image every time, so that builds can be repeated', async () => {
    const again = evaluatePrelude(await WebAssembly.compile(engine), readPrelude());
    expect(Buffer.from(encodeImageFile({ engine, image: again })).equals(file)).toBe(true);
  });

  it('finds what the engine draws at random', () => {
    expect(image.entropy.length).toBeGreaterThan(0);
    for (const { start, end } of image.entropy) expect(end - start).toBeGreaterThan(0);
  });
});

describe('loadPrelude()', () => {
  it('takes from the file what evaluating gives', async () => {
    const baked = await loadPrelude(MEMORY_BYTES, file);
    const evaluated = await loadPrelude(MEMORY_BYTES, undefined);
    const [first, second] = [baked, evaluated].map((prelude) =>
      Buffer.from(encodeImageFile({ engine, image: prelude.image })),
    );
    expect(first).toBeDefined();
    expect(first?.equals(second ?? Buffer.of())).toBe(true);
  });

  it('bounds the memory of an engine from the file', async () => {
    const baked = await loadPrelude(MEMORY_BYTES, file);
    const { exports } = enginePrepared(
      baked,
      new WorkerHost({ log: 0, output: 1024, keys: 0 }),
      MEMORY_BYTES,
    );
    const pages = (MEMORY_BYTES - exports.memory.buffer.byteLength) / 65_536;
    expect(() => exports.memory.grow(pages + 1)).toThrow(RangeError);
  });

  it('refuses a file of another format, or one that was cut', async () => {
    const other = Buffer.from(file.toString('latin1').replace(/"format":\d+/, '"format":0'), 'latin1');
    await expect(loadPrelude(MEMORY_BYTES, other)).rejects.toThrow(/its format is 0, expected \d/);
    await expect(loadPrelude(MEMORY_BYTES, file.subarray(0, -1))).rejects.toThrow('expected more');
  });
});

describe('the engine', () => {
  it('keeps its state in its memory and one global, the two that an image is made of', () => {
    const globals = sectionOf(engine, 6);
    // One global; a 32-bit number; mutable (core spec 5.5.9).
    expect([...globals.subarray(0, 3)]).toEqual([1, 0x7f, 1]);
  });
});

describe('enginePrepared()', () => {
  it('draws anew what was drawn at random', async () => {
    const prelude = await preludeFor(MEMORY_BYTES);
    const drawn = Array.from({ length: 4 }, () => {
      const { memory } = enginePrepared(
        prelude,
        new WorkerHost({ log: 0, output: 1024, keys: 0 }),
        MEMORY_BYTES,
      );
      return image.entropy.map(({ start, end }) => memory.toString('hex', start, end)).join();
    });
    expect(new Set(drawn).size).toBe(4);
  });
});

describe('two processes', () => {
  it('draw other numbers and tell the time of their own start', async () => {
    const script = path.join(import.meta.dirname, 'testdata/random-worker.ts');
    const outputs = await Promise.all(
      [1, 2].map(async () => {
        const before = Date.now();
        const { stdout } = await promisify(execFile)(process.execPath, [script]);
        const { timeOrigin, ...numbers } = JSON.parse(stdout) as Record<string, number>;
        expect(timeOrigin).toBeGreaterThanOrEqual(before);
        expect(timeOrigin).toBeLessThanOrEqual(Date.now());
        return Object.values(numbers);
      }),
    );
    expect(new Set(outputs.flat()).size).toBe(4);
  });
});
