import { Engine } from './engine.ts';
import { type Box, EVAL_MODULE } from './engine-exports.ts';
import { compileEngine, readPrelude } from './engine-files.ts';
import type { EngineHost } from './engine-imports.ts';
import { MemoryImage } from './memory-image.ts';
import type { WasmModule } from './webassembly.ts';

/** The prelude's functions that the host calls, as boxes in the guest's memory. */
export interface PreludeFunctions {
  readonly defineVariables: Box;
  readonly adopt: Box;
  readonly handle: Box;
  readonly describe: Box;
}

/** An engine with the prelude evaluated and no worker yet: where every worker starts from. */
export interface PreludeImage {
  readonly module: WasmModule;
  readonly image: MemoryImage;
  readonly functions: PreludeFunctions;
  /** Where static data begins in the engine's memory. */
  readonly dataStart: number;
}

/** Names of the host functions the prelude takes from `globalThis.host`. */
const HOST_FUNCTIONS = [
  'writeStderr',
  'entropy',
  'encodeUtf8',
  'decodeText',
  'requestPart',
  'answer',
  'fail',
] as const;

/** Modules of the prelude are known by this prefix in stack traces. */
const PREFIX = 'wws:';

const images = new Map<number, Promise<PreludeImage>>();

/** Made once per thread and memory limit. */
export function preludeImage(memoryBytes: number): Promise<PreludeImage> {
  const known = images.get(memoryBytes);
  if (known) return known;
  const image = makeImage(memoryBytes);
  images.set(memoryBytes, image);
  return image;
}

async function makeImage(memoryBytes: number): Promise<PreludeImage> {
  const [module, sources] = await Promise.all([compileEngine(memoryBytes), readPrelude()]);
  const host = new PreludeHost(sources);
  const engine = new Engine(module, host);
  const dataStart = engine.exports.__stack_pointer.value;
  engine.boot(memoryBytes);
  provideHostFunctions(engine);
  const name = `${PREFIX}worker`;
  const promise = engine.evaluate(host.readModule(name), name, EVAL_MODULE);
  engine.runJobs();
  const namespace = engine.settled(promise);
  if (namespace === undefined) throw new Error('Cannot load the prelude: it waits for something');
  const functions = {
    defineVariables: engine.property(namespace, 'defineVariables'),
    adopt: engine.property(namespace, 'adopt'),
    handle: engine.property(namespace, 'handle'),
    describe: engine.property(namespace, 'describe'),
  };
  engine.exports.qjs_run_gc();
  return { module, image: MemoryImage.take(engine, dataStart), functions, dataStart };
}

function provideHostFunctions(engine: Engine): void {
  const functions = engine.exports.qjs_new_object();
  for (const name of HOST_FUNCTIONS) engine.setProperty(functions, name, engine.newHostFunction(name));
  engine.setProperty(engine.exports.qjs_get_global(), 'host', functions);
}

/** Serves the prelude's imports; evaluating it calls no host function. */
class PreludeHost implements EngineHost {
  readonly #sources: ReadonlyMap<string, string>;

  constructor(sources: ReadonlyMap<string, string>) {
    this.#sources = sources;
  }

  resolveModule(_importer: string, specifier: string): string {
    return PREFIX + specifier.replace(/^\.\/|\.js$/g, '');
  }

  readModule(name: string): string {
    const source = this.#sources.get(`${name.slice(PREFIX.length)}.js`);
    if (source === undefined) throw new Error(`Cannot find the prelude's module "${name}"`);
    return source;
  }

  call(_engine: Engine, name: string): never {
    throw new Error(`Cannot call "${name}" while the prelude is loaded`);
  }

  rejection(): void {
    // The rejection of the prelude itself is seen by its promise.
  }

  writeStderr(bytes: Uint8Array): void {
    throw new Error(`Cannot load the prelude: ${Buffer.from(bytes).toString()}`);
  }
}
