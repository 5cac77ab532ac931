import path from 'node:path';
import { FrozenInterpreter } from '#runtime/languages/frozen/frozen-interpreter.ts';
import { InterpreterWorld } from '#runtime/languages/frozen/interpreter-world.ts';
import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import { MAXIMUM_BYTES } from '#runtime/languages/interpreted/interpreter-files.ts';
import { loadPlainGuest } from '#runtime/languages/interpreted/plain-guest.ts';
import { compileRestorable, type RestorableModule } from '#runtime/wasi/compile.ts';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import { readRegularFile } from '#runtime/wasi/read-file.ts';
import { exchange, type Own, Witness } from '#runtime/worker/exchange.ts';
import type { Guest, GuestResult, WorkerRequest } from '#runtime/worker/guest.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { bootFiles } from './boot-files.ts';
import { type FrozenRuby, freezeRuby, type RubyModule, type RubyWorker } from './freeze-ruby.ts';
import { parentFolders } from './parent-folders.ts';
import { isReactor, RubyInstance, rubyImports } from './ruby-instance.ts';

/** Where a worker knows itself to be, as in wws. */
const SOURCE_FOLDER = '/src';

/** The module of each interpreter, by its hash and the memory it may have: workers of one thread share it. */
const modules = new Map<string, Promise<RestorableModule>>();

/**
 * Loads a Ruby worker: starts Ruby, evaluates the worker and keeps an image of that, from which every request
 * starts. A build of Ruby that can only be started is started for every request.
 *
 * @throws Error naming the worker, with its own file and line where its code failed
 */
export async function loadRubyGuest(spec: InterpretedSpec): Promise<Guest> {
  const { module, state } = await moduleOf(spec);
  if (state === undefined || !isReactor(module)) return await loadPlainGuest(spec);
  const library = [...spec.interpreter.library.folders, ...(await parentFolders(spec))];
  const ruby = { module, state, boot: await bootFiles() };
  return new RubyGuest(spec, ruby, library, await readWorker(spec));
}

function moduleOf({ interpreter: { binary }, limits }: InterpretedSpec): Promise<RestorableModule> {
  const key = `${binary.sha256} ${limits.memory}`;
  const known = modules.get(key);
  if (known !== undefined) return known;
  const made = compileRestorable(binary.file, {
    name: path.basename(binary.file),
    memory: limits.memory,
    size: MAXIMUM_BYTES,
    sha256: binary.sha256,
  });
  modules.set(key, made);
  // Tried again by whoever asks next.
  made.catch(() => modules.delete(key));
  return made;
}

async function readWorker({ file, name, vars, limits, interpreter }: InterpretedSpec): Promise<RubyWorker> {
  const bytes = await readRegularFile(file, { name, size: limits.code });
  return {
    name,
    file: `${SOURCE_FOLDER}/${path.basename(name)}`,
    // As bytes: a magic comment may say that they are not UTF-8.
    source: bytes.toString('base64'),
    vars: { ...interpreter.envs, ...vars },
  };
}

class RubyGuest implements Guest {
  readonly #own: Own & { readonly spec: InterpretedSpec };
  readonly #ruby: FrozenInterpreter;

  constructor(spec: InterpretedSpec, ruby: RubyModule, library: readonly Preopen[], worker: RubyWorker) {
    const witness = new Witness(spec.limits.memory);
    this.#own = { spec: { ...spec, binaryBodies: true }, witness, mayLeaveKv: true };
    const { module, state } = ruby;
    // Entering an instance so that it can be suspended costs time, which only those pay that may wait.
    const suspends = spec.http.allowedHosts.length > 0;
    const makeWorld = (): InterpreterWorld => this.#makeWorld(ruby, library, suspends);
    // The image is made in a world that never waits, since an instance cannot be entered both ways.
    const frozen = freezeRuby(ruby, () => this.#makeWorld(ruby, library, false), worker);
    const entryOf = (instance: WebAssembly.Instance): (() => unknown) => entry(frozen, instance, suspends);
    const { image, printed } = frozen;
    this.#own.said = printed.length === 0 ? undefined : printed;
    const options = { module, state, image, makeWorld, entryOf, suspends };
    this.#ruby = new FrozenInterpreter(options, suspends ? undefined : frozen);
  }

  handle(request: WorkerRequest, calls: HostCalls): GuestResult | Promise<GuestResult> {
    const { stdio, result, failed } = exchange(this.#own, request);
    try {
      const outcome = this.#ruby.run(stdio, calls);
      return outcome instanceof Promise ? outcome.then(result).catch(failed) : result(outcome);
    } catch (error) {
      return failed(error);
    }
  }

  #makeWorld(
    { module, state }: RubyModule,
    library: readonly Preopen[],
    suspends: boolean,
  ): InterpreterWorld {
    const { spec, witness } = this.#own;
    const { folders, http, limits } = spec;
    return new InterpreterWorld({
      wasi: { args: [], env: [], descriptors: limits.files, witness },
      refusals: state.refusals,
      library,
      folders,
      http,
      suspends,
      imports: rubyImports(module),
      isFleeting,
    });
  }
}

function entry({ entry }: FrozenRuby, instance: WebAssembly.Instance, suspends: boolean): () => unknown {
  const vm = new RubyInstance(instance);
  return suspends ? vm.evaluating(entry) : () => vm.evaluate(entry);
}

/** The time of day, not the other clocks: garbage collection asks those for itself. */
function isFleeting(name: string, args: readonly unknown[]): boolean {
  return name === 'random_get' || (name === 'clock_time_get' && args[0] === 0);
}
