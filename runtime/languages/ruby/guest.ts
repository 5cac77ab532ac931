import path from 'node:path';
import { FrozenInterpreter } from '#runtime/languages/frozen/frozen-interpreter.ts';
import type { InterpreterWorld } from '#runtime/languages/frozen/interpreter-world.ts';
import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import { loadPlainGuest } from '#runtime/languages/interpreted/plain-guest.ts';
import { readRegularFile } from '#runtime/wasi/read-file.ts';
import { exchange, type Own, Witness } from '#runtime/worker/exchange.ts';
import type { Guest, GuestResult, WorkerRequest } from '#runtime/worker/guest.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { type FrozenRuby, freezeRuby, type RubyWorker } from './freeze-ruby.ts';
import { RubyInstance } from './ruby-instance.ts';
import { rubyWorld } from './ruby-world.ts';
import { type StartedRuby, startRuby } from './start-ruby.ts';

/** Where a worker knows itself to be, as in wws. */
const SOURCE_FOLDER = '/src';

/**
 * Loads a Ruby worker: starts Ruby, evaluates the worker and keeps an image of that, from which every request
 * starts. A build of Ruby that can only be started is started for every request.
 *
 * @throws Error naming the worker, with its own file and line where its code failed
 */
export async function loadRubyGuest(spec: InterpretedSpec): Promise<Guest> {
  const ruby = await startRuby(spec);
  return ruby === undefined ? await loadPlainGuest(spec) : new RubyGuest(spec, ruby, await readWorker(spec));
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

  constructor(spec: InterpretedSpec, ruby: StartedRuby, worker: RubyWorker) {
    const witness = new Witness(spec.limits.memory);
    this.#own = { spec: { ...spec, binaryBodies: true }, witness, mayLeaveKv: true };
    const { module, state, library } = ruby;
    // Entering an instance so that it can be suspended costs time, which only those pay that may wait.
    const suspends = spec.http.allowedHosts.length > 0;
    const worldThat = (suspends: boolean): InterpreterWorld =>
      rubyWorld({ spec, module, state, library, witness, suspends });
    const makeWorld = (): InterpreterWorld => worldThat(suspends);
    // The image is made in a world that never waits, since an instance cannot be entered both ways.
    const frozen = freezeRuby(ruby, () => worldThat(false), worker);
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
}

function entry({ entry }: FrozenRuby, instance: WebAssembly.Instance, suspends: boolean): () => unknown {
  const vm = new RubyInstance(instance);
  return suspends ? vm.evaluating(entry) : () => vm.evaluate(entry);
}
