import { type Engine, GuestException } from './engine.ts';
import type { Address, Box } from './engine-exports.ts';
import { type EngineHost, engineFor } from './engine-imports.ts';
import { MemoryImage } from './memory-image.ts';
import { preludeModule } from './module-name.ts';
import type { PreludeImage, Range } from './prelude-image.ts';

/** Names of the host functions the prelude takes from `globalThis.host`. */
const HOST_FUNCTIONS = [
  'writeStderr',
  'compute',
  'entropy',
  'encodeUtf8',
  'decodeText',
  'requestPart',
  'file',
  'ask',
  'forget',
  'wakeAfter',
  'linger',
  'answer',
  'answerHead',
  'answerPart',
  'fail',
] as const;

/**
 * Starts the engine and evaluates the prelude's modules, given by file name. The same module and sources give
 * the same image, byte for byte.
 */
export function evaluatePrelude(
  module: WebAssembly.Module,
  sources: ReadonlyMap<string, string>,
): PreludeImage {
  const host = new PreludeHost(sources);
  const compiler = engineFor(module, new PreludeHost(sources));
  compiler.boot();
  const engine = engineFor(module, host);
  const dataStart = engine.exports.__stack_pointer.value;
  engine.boot();
  provideHostFunctions(engine);
  let namespace = engine.exports.qjs_get_undefined();
  for (const file of inOrder(sources, 'worker.js')) {
    const name = preludeModule(`./${file}`);
    const bytecode = compiler.compile(host.readModule(name), name);
    namespace = settled(engine, engine.evaluateBytecode(bytecode));
  }
  const functions = {
    prepare: engine.property(namespace, 'prepare'),
    adopt: engine.property(namespace, 'adopt'),
    handle: engine.property(namespace, 'handle'),
    settle: engine.property(namespace, 'settle'),
    describe: engine.property(namespace, 'describe'),
  };
  engine.exports.qjs_run_gc();
  const { entropy, library } = host;
  return { memory: MemoryImage.take(engine, dataStart), functions, dataStart, entropy, library };
}

/** File names of the modules that `file` imports, directly or not, and its own: each behind those that it needs. */
function inOrder(
  sources: ReadonlyMap<string, string>,
  file: string,
  order: Set<string> = new Set(),
): Set<string> {
  for (const [, specifier = ''] of (sources.get(file) ?? '').matchAll(
    /(?:^import|^\} from|^export .* from|^import .* from) '\.\/(.*)';$/gm,
  )) {
    if (!order.has(specifier)) inOrder(sources, specifier, order);
  }
  return order.add(file);
}

/** The namespace of a module that was evaluated. */
function settled(engine: Engine, promise: Box): Box {
  try {
    engine.runJobs();
    const namespace = engine.settled(promise);
    if (namespace === undefined) throw new Error('Cannot load the prelude: it waits for something');
    return namespace;
  } catch (error) {
    if (!(error instanceof GuestException)) throw error;
    const stack = engine.text(engine.property(error.value, 'stack'));
    throw new Error(`Cannot load the prelude: ${engine.text(error.value)}\n${stack}`, { cause: error });
  }
}

function provideHostFunctions(engine: Engine): void {
  const functions = engine.exports.qjs_new_object();
  for (const name of HOST_FUNCTIONS) engine.setProperty(functions, name, engine.newHostFunction(name));
  engine.setProperty(engine.exports.qjs_get_global(), 'host', functions);
}

/**
 * Serves the prelude's imports; evaluating it calls no host function. The clock stands at 0, where the
 * engine's own idea of its start is right for every process, and what should be random is 0 until then.
 */
class PreludeHost implements EngineHost {
  readonly entropy: Range[] = [];
  /** What nothing has imported so far. */
  readonly library: Map<string, string>;

  constructor(sources: ReadonlyMap<string, string>) {
    this.library = new Map(
      [...sources].map(([file, text]) => [preludeModule(`./${file}`), text] as const).toSorted(),
    );
  }

  resolveModule(_importer: string, specifier: string): string {
    return preludeModule(specifier);
  }

  readModule(name: string): string {
    const source = this.library.get(name);
    if (source === undefined) throw new Error(`Cannot find the prelude's module "${name}"`);
    this.library.delete(name);
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

  time(): bigint {
    return 0n;
  }

  randomise(bytes: Uint8Array, address: Address): void {
    bytes.fill(0);
    this.entropy.push({ start: address, end: address + bytes.length });
  }
}
