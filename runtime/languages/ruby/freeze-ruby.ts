import {
  BESIDE_PATH,
  CHANNEL_PATH,
  Fleeting,
  type InterpreterWorld,
} from '#runtime/languages/frozen/interpreter-world.ts';
import { openInstance } from '#runtime/wasi/instance-image.ts';
import { during, guarded } from './boot-ruby.ts';
import { type GuestText, RubyInstance } from './ruby-instance.ts';
import type { RubyWay } from './ruby-way.ts';
import type { StartedRuby } from './start-ruby.ts';

export interface RubyWorker {
  /** As shown to people. */
  readonly name: string;
  /** The path by which it knows itself. */
  readonly file: string;
  /** Its text, in base64. */
  readonly source: string;
  readonly vars: Readonly<Record<string, string>>;
  /** The paths by which it knows its folders. */
  readonly folders: readonly string[];
}

/** What the code around a worker is told. */
export function setupOf(worker: RubyWorker): object {
  return { ...worker, channel: CHANNEL_PATH, beside: BESIDE_PATH };
}

/**
 * Loads a worker into a Ruby that has started, and keeps an image of that. A worker whose top-level code asks for what is
 * another thing in every request stays unloaded in the image, and the log says so; as does one that wants to be
 * (`isLoaded`).
 *
 * @throws Error naming the worker, with its own file and line where its code failed
 */
export function freezeRuby(
  ruby: StartedRuby,
  makeWorld: () => InterpreterWorld,
  worker: RubyWorker,
  isLoaded: boolean,
): RubyWay {
  try {
    return freeze(ruby, makeWorld(), worker, isLoaded);
  } catch (error) {
    if (!(error instanceof Fleeting)) throw error;
    const reason = `its top-level code asks for ${error.message}`;
    const printed = Buffer.from(`"${worker.name}" is loaded for each request: ${reason}\n`);
    return { ...freeze(ruby, makeWorld(), worker, false), printed };
  }
}

function freeze(ruby: StartedRuby, world: InterpreterWorld, worker: RubyWorker, isLoaded: boolean): RubyWay {
  const { name } = worker;
  const instance = world.instantiate(ruby.module);
  const open = openInstance(instance, ruby.state);
  ruby.image.restore(open);
  const vm = new RubyInstance(instance);
  const evaluate = (code: string): void => vm.evaluate(vm.store(guarded(code)));
  during(world, 'booting', name, setupOf(worker), () => evaluate('WWS.prepare(JSON.parse($stdin.read))'));
  const printed = isLoaded
    ? during(world, 'loading', name, undefined, () => evaluate('WWS.load_once'))
    : new Uint8Array();
  during(world, 'booting', name, undefined, () => evaluate('WWS.settle_worker'));
  const entry = vm.store(isLoaded ? 'WWS.answer' : 'WWS.load_and_answer');
  const image = ruby.image.takeNext(open);
  if (image === undefined)
    throw new Error(`Cannot load worker "${name}": Ruby has state that cannot be kept`);
  const { module, state, library } = ruby;
  return {
    module,
    state,
    library,
    args: [],
    image,
    entryOf: entryAt(entry),
    printed,
    first: { world, open },
  };
}

function entryAt(code: GuestText): RubyWay['entryOf'] {
  return (instance, suspends) => {
    const vm = new RubyInstance(instance);
    return suspends ? vm.evaluating(code) : () => vm.evaluate(code);
  };
}
