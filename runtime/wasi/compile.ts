import path from 'node:path';
import { readSections, SectionId, withSections } from './binary.ts';
import { capMemory } from './cap-memory.ts';
import { exposeState, type StateExports } from './expose-state.ts';
import { commandLimits } from './limits.ts';
import { ModuleError } from './module-error.ts';
import { type ReadOptions, readRegularFile } from './read-file.ts';

export interface CompileOptions extends Partial<ReadOptions> {
  /** The file as messages call it; by default its base name. */
  readonly name?: string;
  /** Bytes of memory the module may grow to. */
  readonly memory?: number;
}

/** A component's preamble: the magic, then version 13 and layer 1 where a core module has version 1. */
const COMPONENT_VERSION = 0x0001000d;

/** A module, and under which names it exports its state if an instance of it can be restored. */
export interface RestorableModule {
  readonly module: WebAssembly.Module;
  readonly state: StateExports | undefined;
}

/**
 * Reads and compiles a core module, its memory capped.
 *
 * @throws ModuleError naming the file, the reason and, where it is known, the offset
 */
export async function compileModule(file: string, options: CompileOptions = {}): Promise<WebAssembly.Module> {
  return await compile(await prepare(file, options));
}

/**
 * As `compileModule`, with the state of its instances within reach where that is possible.
 *
 * @throws ModuleError
 */
export async function compileRestorable(
  file: string,
  options: CompileOptions = {},
): Promise<RestorableModule> {
  const prepared = await prepare(file, options);
  const exposure = exposeState(prepared.capped);
  if (exposure.kind === 'hidden') return { module: await compile(prepared), state: undefined };
  try {
    return { module: await WebAssembly.compile(exposure.bytes), state: exposure.state };
  } catch {
    // As it is it will not compile either, and then says why in its own words.
    return { module: await compile(prepared), state: undefined };
  }
}

/**
 * What `compileRestorable` compiles, for keeping it beside an image of its memory, and so without its own data;
 * undefined where it cannot be restored.
 *
 * @throws ModuleError
 */
export async function rewriteRestorable(
  file: string,
  options: CompileOptions = {},
): Promise<{ readonly bytes: Uint8Array; readonly state: StateExports } | undefined> {
  const exposure = exposeState((await prepare(file, options)).capped);
  if (exposure.kind === 'hidden') return undefined;
  return { bytes: withoutData(exposure.bytes), state: exposure.state };
}

/** No instruction needs data again where state can be restored (`scanExpression`). */
function withoutData(bytes: Uint8Array): Uint8Array {
  const kept = readSections(bytes).filter(({ id }) => id !== SectionId.data && id !== SectionId.dataCount);
  return withSections(bytes, kept, []);
}

/** Compiles what `rewriteRestorable` has made, or claims to have: its memory is capped again. @throws ModuleError */
export async function compileRewritten(
  bytes: Uint8Array,
  name: string,
  memory: number,
): Promise<WebAssembly.Module> {
  return await compile({ name, bytes, capped: capMemory(bytes, name, memory) });
}

interface Prepared {
  readonly name: string;
  /** As it is on disk. */
  readonly bytes: Uint8Array;
  readonly capped: Uint8Array;
}

async function prepare(file: string, options: CompileOptions): Promise<Prepared> {
  const name = options.name ?? path.basename(file);
  const bytes = await readRegularFile(file, { ...options, name });
  if (bytes.length >= 8 && bytes.readUInt32LE(4) === COMPONENT_VERSION) {
    throw new ModuleError('component', `Cannot compile "${name}": it is a component, expected a core module`);
  }
  return { name, bytes, capped: capMemory(bytes, name, options.memory ?? commandLimits.memory) };
}

async function compile({ name, bytes, capped }: Prepared): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(capped);
  } catch (error) {
    throw new ModuleError('invalid', await explain(bytes, name, error), { cause: error });
  }
}

/** The engine's reason, with the offset in the file as it is on disk. */
async function explain(original: Uint8Array, name: string, error: unknown): Promise<string> {
  const reason = await WebAssembly.compile(original).then(
    () => error,
    (failure: unknown) => failure,
  );
  const text = reason instanceof Error ? reason.message : String(reason);
  const plain = text.replace(/^WebAssembly\.compile\(\): /, '').replace(/ @\+(\d+)$/, ' at offset $1');
  return `Cannot compile "${name}": ${plain}`;
}
