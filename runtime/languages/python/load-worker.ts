import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import { GuestEnd } from '#runtime/wasi/end.ts';
import type { WasiOptions } from '#runtime/wasi/host.ts';
import { type InstanceImage, openInstance } from '#runtime/wasi/instance-image.ts';
import { MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import { type Outcome, outcomeOf } from '#runtime/wasi/run-module.ts';
import { Channel, type Message } from './channel.ts';
import { entryOf } from './entry.ts';
import type { ModulesBeside } from './modules-beside.ts';
import { type PythonSeat, PythonWorld } from './python-world.ts';
import type { StartedPython, StartedSeat } from './start.ts';

/** What every request of a worker begins with. */
export interface LoadedPython {
  readonly image: InstanceImage;
  /** Whether the worker is in the image; otherwise each request loads it. */
  readonly hasWorker: boolean;
  /** Whether its handler is a coroutine, which may wait. */
  readonly isAsync: boolean;
  /** Where it was loaded, fit for requests that need not wait. */
  readonly seat: PythonSeat;
  /** What it printed, where that is not printed again by each request. */
  readonly said: Uint8Array | undefined;
}

/** Of what one message says; it tells of a worker's load and carries nothing. */
const MESSAGE_BYTES = 1024 * 1024;

const FIRST_PREOPEN = 3;

/** Imports whose answer is another one in every request, and what they look at. */
const FLEETING: ReadonlyMap<string, string> = new Map([
  ['clock_time_get', 'a clock'],
  ['poll_oneoff', 'a clock'],
  ['random_get', 'random numbers'],
]);

/**
 * Loads a worker once, for the image that its requests begin with. A worker that looks at a folder, a clock, another
 * host or at randomness while it is loaded would look at something else in the next request: for it, the image is of
 * the moment before.
 *
 * @throws Error naming the worker, with traceback, when it cannot be loaded; FolderError
 */
export function loadPython(
  spec: InterpretedSpec,
  { python, seat }: StartedSeat,
  { source, wasi, modules }: LoadingOptions,
): LoadedPython {
  using loading = new Loading(spec, python, seat ?? makeSeat(python, wasi), modules);
  const prepare = { head: { do: 'prepare', name: spec.name, vars: spec.vars }, body: source };
  loading.enter(prepare);
  loading.isWatching = true;
  const outcome = loading.enter({ head: { do: 'load' }, body: new Uint8Array() });
  const { isAsync, said } = loading;
  const common = { isAsync, seat: loading.seat };
  if (loading.touched === undefined && outcome.kind === 'exited')
    return { ...common, image: loading.image(), hasWorker: true, said };
  loading.restart();
  loading.enter(prepare);
  return {
    isAsync,
    seat: loading.seat,
    image: loading.image(),
    hasWorker: false,
    said: noteOf(loading.touched),
  };
}

/** For the log, since it is seldom meant. */
function noteOf(touched: string | undefined): Uint8Array | undefined {
  if (touched === undefined) return undefined;
  return Buffer.from(`It looks at ${touched} while it is imported, so every request imports it again\n`);
}

export interface LoadingOptions {
  /** The worker's text. */
  readonly source: Uint8Array;
  readonly wasi: WasiOptions;
  readonly modules: ModulesBeside;
}

function makeSeat({ module, state }: StartedPython, wasi: WasiOptions): PythonSeat {
  const world = new PythonWorld({ wasi, refusals: state.refusals, watches: true });
  return { world, open: openInstance(world.instantiate(module), state) };
}

/** An interpreter while a worker is loaded into it. */
class Loading implements Disposable {
  /** Whether what the guest looks at counts. */
  isWatching = false;
  /** The first thing it has looked at that will be another one. */
  touched: string | undefined;
  isAsync = false;
  readonly #name: string;
  readonly #python: StartedPython;
  #seat: PythonSeat;
  /** Their descriptors. */
  readonly #folders: { readonly first: number; readonly end: number };
  readonly #modules: ModulesBeside;
  readonly #log: MemoryOutput;
  #isQuiet = false;

  constructor(
    { name, limits, interpreter, folders }: InterpretedSpec,
    python: StartedPython,
    seat: PythonSeat,
    modules: ModulesBeside,
  ) {
    this.#name = name;
    this.#python = python;
    this.#seat = seat;
    this.#modules = modules;
    this.#log = new MemoryOutput({ name: 'stderr', limit: limits.log, beyond: 'drop' });
    const first = FIRST_PREOPEN + interpreter.library.folders.length;
    this.#folders = { first, end: first + folders.length };
    this.#restore();
  }

  get seat(): PythonSeat {
    return this.#seat;
  }

  /** Goes back to before anything was done in here. */
  restart(): void {
    this.isWatching = false;
    this.#restore();
  }

  #restore(): void {
    const { module, state, image } = this.#python;
    const { world, open } = this.#seat;
    if (image.isOutgrown(open)) this.#seat = { world, open: openInstance(world.instantiate(module), state) };
    image.restore(this.#seat.open);
  }

  get said(): Uint8Array | undefined {
    const bytes = this.#log.contents();
    return bytes.length === 0 ? undefined : bytes.slice();
  }

  image(): InstanceImage {
    const image = this.#python.image.takeNext(this.#seat.open);
    if (image === undefined) throw new Error(`Cannot load worker "${this.#name}": its memory cannot be kept`);
    return image;
  }

  /** Has the interpreter do one thing. @throws Error when that failed, and would fail in every request */
  enter(message: Message): Outcome {
    let failure: unknown;
    const channel = new Channel(MESSAGE_BYTES, (said) => {
      failure = said.head['failed'] ?? failure;
      return this.#hear(said);
    });
    channel.tell(message);
    const { world, open } = this.#seat;
    world.watch = (name, args) => this.#note(name, args);
    world.open({ stdin: channel.stdin, stdout: channel.stdout, stderr: this.#log });
    const outcome = outcomeOf(world.host, () => {
      const { call, args } = entryOf(open, this.#python.state, this.#python.entry);
      if (call(...args) === 0) throw new Error('an exception was left');
    });
    if (this.touched !== undefined) return outcome;
    if (failure !== undefined) throw this.#error(String(failure));
    if (outcome.kind === 'trapped') throw this.#error(outcome.reason);
    if (outcome.kind === 'stopped') throw this.#error(`it was stopped: it ${outcome.reason}`);
    if (outcome.code !== 0) throw this.#error(`it exited with code ${outcome.code}`);
    return outcome;
  }

  #hear({ head }: Message): Message | undefined {
    if (typeof head['quiet'] === 'boolean') this.#isQuiet = head['quiet'];
    if (head['async'] === true) this.isAsync = true;
    if (head['random'] === true) this.touched ??= 'random numbers';
    if (head['ask'] === 'module') return this.#modules.answer(head);
    if (head['ask'] === undefined && head['begin'] === undefined) return undefined;
    this.touched ??= 'another host';
    throw this.#seat.world.host.stop(new GuestEnd('asked for another host'));
  }

  #note(name: string, args: readonly unknown[]): void {
    if (!this.isWatching || this.#isQuiet || this.touched !== undefined) return;
    // `path_symlink` begins with what the link says.
    const fd = args[name === 'path_symlink' ? 2 : 0];
    const { first, end } = this.#folders;
    const isOfFolder = /^(fd|path)_/.test(name) && typeof fd === 'number' && fd >= first && fd < end;
    this.touched = isOfFolder ? 'a folder' : FLEETING.get(name);
  }

  #error(reason: string): Error {
    const printed = Buffer.from(this.#log.contents()).toString().trimEnd();
    // As far as the log would, which leaves alone what is: a traceback has meaning in its spaces.
    const text = printed === '' ? '' : `\n${printed.replaceAll(/^/gm, '    ')}`;
    return new Error(`Cannot load worker "${this.#name}": ${reason}${text}`);
  }

  [Symbol.dispose](): void {
    const { world } = this.#seat;
    world.watch = undefined;
    world[Symbol.dispose]();
  }
}
