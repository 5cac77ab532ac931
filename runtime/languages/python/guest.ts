import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import type { Stdio, WasiOptions } from '#runtime/wasi/host.ts';
import type { OpenInstance } from '#runtime/wasi/instance-image.ts';
import { FolderError } from '#runtime/wasi/preopens.ts';
import { readRegularFile } from '#runtime/wasi/read-file.ts';
import type { Outcome } from '#runtime/wasi/run-module.ts';
import { Witness } from '#runtime/worker/exchange.ts';
import type { Guest, GuestResult, NoteSource, WorkerRequest } from '#runtime/worker/guest.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { FrozenInterpreter } from '../frozen/frozen-interpreter.ts';
import { type Beginning, Conversation, type PythonWorker } from './conversation.ts';
import { entryOf } from './entry.ts';
import { startOptions } from './environment.ts';
import { interpreterModule } from './interpreter.ts';
import { type LoadedPython, loadPython } from './load-worker.ts';
import { ModulesBeside } from './modules-beside.ts';
import { PlainPython } from './plain-python.ts';
import { PythonWorld } from './python-world.ts';
import { type StartedPython, startPython } from './start.ts';

/** What is done once, and what for each request: `frozen` answers it, `started` loads the worker too, `plain` does all. */
export type PythonRung = 'frozen' | 'started' | 'plain';

export interface PythonGuest extends Guest {
  /** Undefined until a folder that it is loaded with can be opened. */
  readonly rung: PythonRung | undefined;
}

/** A way to come to a worker that is ready for a request. */
interface Way extends Beginning {
  readonly rung: PythonRung;
  readonly run: (stdio: Stdio, calls: HostCalls) => Outcome | Promise<Outcome>;
}

/**
 * Loads a Python worker. The interpreter is started once and imports the worker; its memory then is what every request
 * begins with.
 *
 * @throws Error naming the worker's file and line when it cannot be loaded, ModuleError for the interpreter's files
 */
export async function loadPythonGuest(
  spec: InterpretedSpec,
  note: NoteSource = () => {},
): Promise<PythonGuest> {
  const { name, root, limits } = spec;
  const source = await readRegularFile(spec.file, { name, size: limits.code });
  const worker: PythonWorker = {
    spec,
    witness: new Witness(limits.memory),
    modules: new ModulesBeside({ root, name, limit: limits.code }, note),
    said: undefined,
  };
  const guest = new LoadedGuest(worker, () => findWay(spec, worker, source));
  await guest.prepare();
  return guest;
}

class LoadedGuest implements PythonGuest {
  readonly #worker: PythonWorker;
  readonly #findWay: () => Promise<Way>;
  #way: Way | undefined;

  constructor(worker: PythonWorker, find: () => Promise<Way>) {
    this.#worker = worker;
    this.#findWay = find;
  }

  get rung(): PythonRung | undefined {
    return this.#way?.rung;
  }

  /** A folder that is not there may be there later, and is told of with each request until then. */
  async prepare(): Promise<FolderError | undefined> {
    try {
      this.#way ??= await this.#findWay();
      return undefined;
    } catch (error) {
      if (error instanceof FolderError) return error;
      throw error;
    }
  }

  handle(request: WorkerRequest, calls: HostCalls): GuestResult | Promise<GuestResult> {
    return this.#way === undefined
      ? this.#prepareAndHandle(request, calls)
      : this.#handle(this.#way, request, calls);
  }

  async #prepareAndHandle(request: WorkerRequest, calls: HostCalls): Promise<GuestResult> {
    const error = await this.prepare();
    if (this.#way !== undefined) return await this.#handle(this.#way, request, calls);
    return { ok: false, reason: error?.message ?? '', stderr: new Uint8Array() };
  }

  #handle(way: Way, request: WorkerRequest, calls: HostCalls): GuestResult | Promise<GuestResult> {
    const conversation = new Conversation(this.#worker, way, request, calls);
    try {
      const outcome = way.run(conversation.stdio, calls);
      if (!(outcome instanceof Promise)) return conversation.result(outcome);
      return outcome.then(
        (later) => conversation.result(later),
        (error: unknown) => conversation.failed(error),
      );
    } catch (error) {
      return conversation.failed(error);
    }
  }
}

/** The first that works, beginning with the fastest. */
async function findWay(spec: InterpretedSpec, worker: PythonWorker, source: Uint8Array): Promise<Way> {
  const wasi = await startOptions(spec, worker.witness);
  const mayAsk = spec.http.allowedHosts.length > 0;
  const started = spec.snapshot === false ? undefined : await startPython(spec, wasi);
  if (started !== undefined) {
    const loaded = loadPython(spec, started, { source, wasi, modules: worker.modules });
    worker.said = loaded.said;
    // Loading is no request.
    worker.witness.met.clear();
    return frozenWay(started.python, loaded, wasi, mayAsk);
  }
  const { module, state } = await interpreterModule(spec.interpreter, spec.limits.memory);
  const plain = new PlainPython(module, { wasi, refusals: state?.refusals, suspends: mayAsk });
  const prepare = { head: { do: 'prepare', name: spec.name, vars: spec.vars }, body: source };
  return { rung: 'plain', before: [prepare], waits: mayAsk, run: (stdio) => plain.run(stdio) };
}

function frozenWay(python: StartedPython, loaded: LoadedPython, wasi: WasiOptions, mayAsk: boolean): Way {
  const { module, state } = python;
  const { image, hasWorker, isAsync, seat } = loaded;
  // Entering it so that it can wait for the host costs time, which only those pay that may have to.
  const suspends = mayAsk || isAsync;
  const interpreter = new FrozenInterpreter(
    {
      module,
      state,
      image,
      makeWorld: () => new PythonWorld({ wasi, refusals: state.refusals, suspends }),
      entryOf: (_, open) => enterBy(open, python, suspends),
      suspends,
    },
    // An instance whose imports suspend can be entered in no other way.
    suspends || image.isOutgrown(seat.open) ? undefined : seat,
  );
  return {
    rung: hasWorker ? 'frozen' : 'started',
    before: [],
    waits: suspends,
    run: (stdio, calls) => interpreter.run(stdio, calls),
  };
}

function enterBy(open: OpenInstance, { state, entry }: StartedPython, suspends: boolean): () => unknown {
  const { call, args } = entryOf(open, state, entry);
  if (!suspends) return () => call(...args);
  const promising = WebAssembly.promising(call);
  return () => promising(...args);
}
