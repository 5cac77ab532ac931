import { capMemory } from '#runtime/wasi/cap-memory.ts';
import type { Engine } from './engine.ts';
import { readEngine, readImageFile, readPrelude } from './engine-files.ts';
import { type EngineHost, engineFor } from './engine-imports.ts';
import { evaluatePrelude } from './evaluate-prelude.ts';
import { decodeImageFile, type PreludeImage } from './prelude-image.ts';

/** What loading a worker begins with. */
export interface Prelude {
  /** The engine, its memory bounded. */
  readonly module: WebAssembly.Module;
  readonly image: PreludeImage;
}

const preludes = new Map<number, Promise<Prelude>>();

/** Made once per thread and bound of the engine's memory. */
export function preludeFor(memoryBytes: number): Promise<Prelude> {
  const known = preludes.get(memoryBytes);
  if (known) return known;
  const made = loadPrelude(memoryBytes, readImageFile());
  preludes.set(memoryBytes, made);
  return made;
}

/** From `file`, the content of an image file, or from sources where there is none. */
export async function loadPrelude(memoryBytes: number, file: Buffer | undefined): Promise<Prelude> {
  if (file === undefined) {
    const module = await compileEngine(readEngine(), memoryBytes);
    return { module, image: evaluatePrelude(module, readPrelude()) };
  }
  const { engine, image } = decodeImageFile(file);
  return { module: await compileEngine(engine, memoryBytes), image };
}

async function compileEngine(engine: Uint8Array, memoryBytes: number): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(capMemory(engine, 'JavaScript engine', memoryBytes));
}

/** An engine of this process's own that holds the prelude, its allocations bounded to `memoryBytes`. */
export function enginePrepared({ module, image }: Prelude, host: EngineHost, memoryBytes: number): Engine {
  const engine = engineFor(module, host);
  image.memory.restore(engine, true);
  // All there is is the C library's canary, which guards the guest's memory against nobody but the guest.
  const { memory } = engine;
  for (const { start, end } of image.entropy) {
    for (let at = start; at < end; at++) memory[at] = Math.floor(Math.random() * 256);
  }
  engine.limitMemory(memoryBytes);
  return engine;
}
