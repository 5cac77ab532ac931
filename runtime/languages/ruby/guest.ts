import path from 'node:path';
import { FrozenInterpreter } from '#runtime/languages/frozen/frozen-interpreter.ts';
import type { InterpreterWorld } from '#runtime/languages/frozen/interpreter-world.ts';
import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import { checkLibrary } from '#runtime/languages/interpreted/interpreter-files.ts';
import { loadPlainGuest } from '#runtime/languages/interpreted/plain-guest.ts';
import { readRegularFile } from '#runtime/wasi/read-file.ts';
import { exchange, type Own, Witness } from '#runtime/worker/exchange.ts';
import type { Guest, GuestResult, NoteSource, WorkerRequest } from '#runtime/worker/guest.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { freezeRuby, type RubyWorker } from './freeze-ruby.ts';
import { freshRuby } from './fresh-ruby.ts';
import type { RubyWay } from './ruby-way.ts';
import { rubyWorld } from './ruby-world.ts';
import { SourcesBeside } from './sources-beside.ts';
import { startRuby } from './start-ruby.ts';

/** Where a worker knows itself to be, as in wws. */
const SOURCE_FOLDER = '/src';

/** Texts around a worker that do what ours do (SHA-256): those of wws itself, and of our repository. */
const KNOWN_WRAPPERS: ReadonlySet<string | undefined> = new Set([
  undefined,
  '6d808b4747cf30f82665a38a47e1176513bbdd6ad558c09db03d719e33ad2da0',
  '494a797e7ede00dfc17574c0ab3fe0101c1b3cf55c6c17cb3b72e4c8991ced27',
]);

/**
 * Loads a Ruby worker: starts Ruby, evaluates the worker and keeps an image of that, from which every request
 * starts. A build of Ruby that cannot be called from outside is started for every request, and one that came with a
 * wrapper of somebody's own is left to it.
 *
 * @throws Error naming the worker, with its own file and line where its code failed
 */
export async function loadRubyGuest(spec: InterpretedSpec, note: NoteSource = () => {}): Promise<Guest> {
  await checkLibrary(spec.interpreter.library);
  const witness = new Witness(spec.limits.memory);
  const { root, name, limits } = spec;
  const beside = new SourcesBeside({ root, name, limit: limits.code }, note);
  const way = await findWay(spec, { witness, beside });
  return way === undefined ? await loadPlainGuest(spec) : new RubyGuest(spec, { witness, beside }, way);
}

/** What the instances of one worker have in common. */
interface Common {
  readonly witness: Witness;
  readonly beside: SourcesBeside;
}

async function findWay(spec: InterpretedSpec, common: Common): Promise<RubyWay | undefined> {
  const started = await startRuby(spec);
  if (started !== undefined) {
    // The image is made in a world that never waits, since an instance cannot be entered both ways.
    const makeWorld = (): InterpreterWorld => rubyWorld({ spec, ...started, ...common, suspends: false });
    return freezeRuby(started, makeWorld, await readWorker(spec), spec.snapshot !== false);
  }
  const isOurs = KNOWN_WRAPPERS.has(spec.interpreter.wrapper?.sha256);
  return isOurs ? await freshRuby(spec, await readWorker(spec)) : undefined;
}

async function readWorker({
  file,
  name,
  vars,
  folders,
  limits,
  interpreter,
}: InterpretedSpec): Promise<RubyWorker> {
  const bytes = await readRegularFile(file, { name, size: limits.code });
  return {
    name,
    file: `${SOURCE_FOLDER}/${path.basename(name)}`,
    folders: folders.map(({ guestPath }) => guestPath),
    // As bytes: a magic comment may say that they are not UTF-8.
    source: bytes.toString('base64'),
    vars: { ...interpreter.envs, ...vars },
  };
}

class RubyGuest implements Guest {
  readonly #own: Own;
  readonly #interpreter: FrozenInterpreter;

  constructor(spec: InterpretedSpec, common: Common, way: RubyWay) {
    const { module, state, image, printed, first } = way;
    this.#own = { spec: { ...spec, binaryBodies: true }, witness: common.witness, mayLeaveKv: true };
    if (printed.length > 0) this.#own.said = printed;
    // Entering an instance so that it can be suspended costs time, which only those pay that may wait.
    const suspends = spec.http.allowedHosts.length > 0;
    const makeWorld = (): InterpreterWorld => rubyWorld({ spec, ...way, ...common, suspends });
    const entryOf = (instance: WebAssembly.Instance): (() => unknown) => way.entryOf(instance, suspends);
    const options = { module, state, image, makeWorld, entryOf, suspends };
    this.#interpreter = new FrozenInterpreter(options, suspends ? undefined : first);
  }

  handle(request: WorkerRequest, calls: HostCalls): GuestResult | Promise<GuestResult> {
    const { stdio, result, failed } = exchange(this.#own, request);
    try {
      const outcome = this.#interpreter.run(stdio, calls);
      return outcome instanceof Promise ? outcome.then(result).catch(failed) : result(outcome);
    } catch (error) {
      return failed(error);
    }
  }
}
