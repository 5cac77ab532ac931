import { type CompileOptions, compileModule, compileRestorable } from '#runtime/wasi/compile.ts';
import { checkModule } from '#runtime/wasi/link.ts';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import type { ReadOptions } from '#runtime/wasi/read-file.ts';
import { exchange, type Own, Witness } from './exchange.ts';
import type { Guest, GuestResult, GuestSpec, WorkerRequest } from './guest.ts';
import type { HostCalls } from './host-calls.ts';
import { KeptInstance } from './kept-instance.ts';
import { type LoadedModule, moduleEntry } from './module-entry.ts';
import { HTTP_MODULE, SEND_HTTP_REQUEST, WORKER_IMPORTS } from './module-imports.ts';
import type { ModuleRung, RungName } from './module-rung.ts';
import { NewInstance } from './new-instance.ts';
import { SuspendingInstances } from './suspending-instances.ts';

export interface ModuleGuest extends Guest {
  /** How it comes by fresh state for each request. */
  readonly rung: RungName;
}

export interface ModuleGuestOptions {
  /** `new` asks for a new instance each time; by default the cheapest rung that the module allows. */
  readonly rung?: 'new';
  /** By default the worker's own file, without arguments. */
  readonly program?: Program;
}

/** A module that runs a worker's file, and is not that file. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  /** Beside the worker's vars, which come first. */
  readonly env: Readonly<Record<string, string>>;
  /** Beside the worker's folders. */
  readonly folders: readonly Preopen[];
  /** How its file is read. */
  readonly reading: ReadOptions;
}

/**
 * Loads a worker that is a core module. It has no arguments, its vars for environment, the request on stdin,
 * and answers on stdout.
 *
 * @throws ModuleError naming the file and the reason
 */
export async function loadModuleGuest(
  spec: GuestSpec,
  { rung: wanted, program = ownProgram(spec) }: ModuleGuestOptions = {},
): Promise<ModuleGuest> {
  const { limits } = spec;
  const { file, reading } = program;
  const options: CompileOptions = { ...reading, memory: limits.memory };
  const { module, state } =
    wanted === 'new'
      ? { module: await compileModule(file, options), state: undefined }
      : await compileRestorable(file, options);
  const entry = moduleEntry(module, checkModule(module, reading.name, WORKER_IMPORTS));
  const loaded: LoadedModule = { module, state, entry };
  const witness = new Witness(limits.memory);
  const wasi = {
    args: program.args,
    env: Object.entries({ ...program.env, ...spec.vars }).map(([name, value]) => `${name}=${value}`),
    preopens: [...program.folders, ...spec.folders],
    descriptors: limits.files,
    witness,
  };
  // Entering an instance so that it can be suspended costs time, which only those pay that may wait.
  const suspends = spec.http.allowedHosts.length > 0 && importsHttp(module);
  const world = { wasi, http: spec.http, suspends, refusals: state?.refusals };
  const common = { spec, witness, hasEntry: entry.handler !== undefined };
  if (suspends) {
    const instances = new SuspendingInstances(loaded, world);
    const own: Own = { ...common, said: instances.said };
    return { rung: instances.name, handle: (...call) => handleLater(instances, own, ...call) };
  }
  const rung = KeptInstance.of(loaded, world) ?? new NewInstance(loaded, world);
  const own: Own = { ...common, said: rung.said };
  return { rung: rung.name, handle: (...call) => handle(rung, own, ...call) };
}

function ownProgram({ file, name, limits }: GuestSpec): Program {
  return { file, args: [], env: {}, folders: [], reading: { name, size: limits.code } };
}

function importsHttp(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some(
    (entry) => entry.module === HTTP_MODULE && entry.name === SEND_HTTP_REQUEST,
  );
}

function handle(rung: ModuleRung, own: Own, request: WorkerRequest, calls: HostCalls): GuestResult {
  const { stdio, result, failed } = exchange(own, request);
  try {
    return result(rung.run(stdio, calls));
  } catch (error) {
    return failed(error);
  }
}

async function handleLater(
  instances: SuspendingInstances,
  own: Own,
  request: WorkerRequest,
  calls: HostCalls,
): Promise<GuestResult> {
  const { stdio, result, failed } = exchange(own, request);
  try {
    return result(await instances.run(stdio, calls));
  } catch (error) {
    return failed(error);
  }
}
