import {
  CHANNEL_PATH,
  Fleeting,
  type InterpreterWorld,
} from '#runtime/languages/frozen/interpreter-world.ts';
import type { StateExports } from '#runtime/wasi/expose-state.ts';
import { InstanceImage, type OpenInstance, openInstance } from '#runtime/wasi/instance-image.ts';
import { MemoryInput, MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import { type GuestText, RubyInstance } from './ruby-instance.ts';

/** Beyond this, what is printed while a worker is loaded is dropped. */
const PRINTED_BYTES = 64 * 1024;

/** Takes the texts of the code around the worker on stdin. */
const BOOT = `require "json"
JSON.parse($stdin.read).each { |name, text| RubyVM::InstructionSequence.compile(text, name, nil, 1).eval }`;

/** Lets no exception out. */
function guarded(code: string): string {
  return `begin
${code}
rescue Exception => e
$stderr.write(e.full_message(highlight: false))
Process.exit!(1)
end`;
}

export interface RubyWorker {
  /** As shown to people. */
  readonly name: string;
  /** The path by which it knows itself. */
  readonly file: string;
  /** Its text, in base64. */
  readonly source: string;
  readonly vars: Readonly<Record<string, string>>;
}

export interface RubyModule {
  readonly module: WebAssembly.Module;
  readonly state: StateExports;
  /** Names and texts of the code around workers. */
  readonly boot: readonly (readonly [name: string, text: string])[];
}

/** A worker at rest. */
export interface FrozenRuby {
  readonly image: InstanceImage;
  readonly world: InterpreterWorld;
  readonly open: OpenInstance;
  /** Whether the worker is loaded; otherwise each request loads it. */
  readonly isLoaded: boolean;
  /** What the worker printed while it was loaded. */
  readonly printed: Uint8Array;
  /** The code that has it answer a request, in the image. */
  readonly entry: GuestText;
}

/**
 * Starts Ruby and loads the worker, and keeps an image of that. A worker whose top-level code asks for what is
 * another thing in every request stays unloaded in the image.
 *
 * @throws Error naming the worker, with its own file and line where its code failed
 */
export function freezeRuby(
  ruby: RubyModule,
  makeWorld: () => InterpreterWorld,
  worker: RubyWorker,
): FrozenRuby {
  try {
    return freeze(ruby, makeWorld(), worker, true);
  } catch (error) {
    if (!(error instanceof Fleeting)) throw error;
  }
  return freeze(ruby, makeWorld(), worker, false);
}

function freeze(
  ruby: RubyModule,
  world: InterpreterWorld,
  worker: RubyWorker,
  isLoaded: boolean,
): FrozenRuby {
  const { name } = worker;
  const instance = world.instantiate(ruby.module);
  const vm = new RubyInstance(instance);
  const evaluate = (code: string): void => vm.evaluate(vm.store(guarded(code)));
  during(world, 'booting', name, ruby.boot, () => {
    vm.initialize();
    evaluate(BOOT);
  });
  during(world, 'booting', name, { ...worker, channel: CHANNEL_PATH }, () => evaluate('WWS.prepare'));
  const printed = isLoaded
    ? during(world, 'loading', name, undefined, () => evaluate('WWS.load_once'))
    : new Uint8Array();
  during(world, 'booting', name, undefined, () => evaluate('WWS.settle'));
  const entry = vm.store(isLoaded ? 'WWS.answer' : 'WWS.load_and_answer');
  const open = openInstance(instance, ruby.state);
  const image = InstanceImage.take(open);
  if (image === undefined)
    throw new Error(`Cannot load worker "${name}": Ruby has state that cannot be kept`);
  return { image, world, open, isLoaded, printed, entry };
}

/** Runs a part of the way to the image, with `input` on stdin. Returns what it printed on stderr. */
function during(
  world: InterpreterWorld,
  phase: 'booting' | 'loading',
  name: string,
  input: unknown,
  run: () => void,
): Uint8Array {
  const stdout = new MemoryOutput({ name: 'stdout', limit: PRINTED_BYTES, beyond: 'drop' });
  const stderr = new MemoryOutput({ name: 'stderr', limit: PRINTED_BYTES, beyond: 'drop' });
  using _ = world;
  world.openFor(phase, {
    stdin: new MemoryInput(Buffer.from(JSON.stringify(input ?? null))),
    stdout,
    stderr,
  });
  try {
    run();
    return stderr.contents();
  } catch (cause) {
    if (cause instanceof Fleeting) throw cause;
    const said = [stdout, stderr].map((stream) => Buffer.from(stream.contents()).toString().trimEnd());
    throw loadError(name, said[0] ?? '', said[1] ?? '', cause);
  }
}

function loadError(name: string, failure: string, printed: string, cause: unknown): Error {
  const reason = failure === '' ? (cause instanceof Error ? cause.message : String(cause)) : failure;
  const output = printed === '' ? '' : `\nIt printed:\n${printed}`;
  return new Error(`Cannot load worker "${name}": ${reason}${output}`, { cause });
}
