import { readFileSync, statSync } from 'node:fs';
import { systemReason } from '#runtime/system-reason.ts';
import { formatBytes } from '#runtime/wasi/limits.ts';
import type { Guest, GuestResult, GuestSpec, NoteSource, WorkerRequest } from '#runtime/worker/guest.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { TypeScriptError } from './erase-types.ts';
import { loadWorker } from './load-worker.ts';
import { MemoryImage } from './memory-image.ts';
import type { ModuleFiles } from './module-files.ts';
import { enginePrepared, preludeFor } from './prelude.ts';
import { Seat, type SeatWorker } from './seat.ts';
import { decodeSource, sourceText } from './source-text.ts';
import { WorkerHost, type WorkerMeans } from './worker-host.ts';

/** Seats kept for the next burst of requests that wait for the host. */
const MAXIMUM_IDLE = 4;

/**
 * Loads a JavaScript worker: evaluates it once and keeps an image of the engine's memory, which every request
 * starts from. Time captured while it was evaluated is therefore old in every request; `Date` and
 * `Math.random` are not.
 *
 * @throws Error naming the file, line and column when it or what it imports cannot be read or evaluated
 */
export async function loadJavaScriptGuest(spec: GuestSpec, note: NoteSource = () => {}): Promise<Guest> {
  const { limits, name, vars } = spec;
  const text = readSource(spec);
  const code = runnable(name, text);
  const prelude = await preludeFor(limits.memory);
  const { module, image: start } = prelude;
  const means = { library: start.library, filesFor: await filesOf(spec) };
  const host = new WorkerHost(limits, means);
  using modules = await modulesOf(spec, text, note);
  const engine = enginePrepared(prelude, host, limits.memory);
  try {
    host.withModules(modules, () => loadWorker(engine, host, start.functions, { name, text: code, vars }));
  } finally {
    host.end();
  }
  const image = MemoryImage.take(engine, start.dataStart);
  const worker: SeatWorker = {
    module,
    functions: start.functions,
    image,
    dataStart: start.dataStart,
    hasRoom: false,
    nearMemory: (limits.memory / 8) * 7,
  };
  return new JavaScriptGuest(
    new Seat(worker, host, engine),
    () => new Seat(worker, new WorkerHost(limits, means)),
  );
}

/** Most workers have no folders, and load nothing for them. */
async function filesOf({ folders, limits }: GuestSpec): Promise<WorkerMeans['filesFor']> {
  if (folders.length === 0) return undefined;
  const { GuestFiles } = await import('./guest-files.ts');
  return (onFull) => new GuestFiles(folders, limits, onFull);
}

/** As little is loaded for a worker of one file: without these words it imports nothing. */
async function modulesOf(
  { root, name, limits }: GuestSpec,
  text: string,
  note: NoteSource,
): Promise<ModuleFiles | undefined> {
  if (!/\b(?:import|from)\b/.test(text)) return undefined;
  const { ModuleFiles } = await import('./module-files.ts');
  return new ModuleFiles(root, limits.code, { name, text }, note);
}

function readSource({ file, name, limits }: GuestSpec): string {
  try {
    if (statSync(file).size > limits.code) {
      throw new Error(`it is larger than the limit of ${formatBytes(limits.code)}`);
    }
    return decodeSource(readFileSync(file));
  } catch (cause) {
    throw new Error(`Cannot load worker "${name}": ${systemReason(cause)}`, { cause });
  }
}

/** `text` is the worker's own file. */
function runnable(name: string, text: string): string {
  try {
    return sourceText(name, text);
  } catch (cause) {
    const place = cause instanceof TypeScriptError ? `${name}${cause.place}: ` : '';
    throw new Error(`Cannot load worker "${name}": ${place}${systemReason(cause)}`, { cause });
  }
}

/** Serves each request in a seat of its own: while one waits for the host, others run in other seats. */
class JavaScriptGuest implements Guest {
  readonly #makeSeat: () => Seat;
  /** Seats that nobody uses, the one that was used last at the end. */
  readonly #idle: Seat[];

  constructor(first: Seat, makeSeat: () => Seat) {
    this.#idle = [first];
    this.#makeSeat = makeSeat;
  }

  handle(request: WorkerRequest, calls: HostCalls): GuestResult | Promise<GuestResult> {
    const seat = this.#idle.pop() ?? this.#makeSeat();
    const result = seat.handle(request, calls);
    if (result instanceof Promise) return result.then((later) => this.#release(seat, later));
    return this.#release(seat, result);
  }

  /** Takes the seat back once the worker is done. */
  #release(seat: Seat, result: GuestResult): GuestResult {
    if (result.rest !== undefined) void result.rest.then(() => this.#add(seat));
    else this.#add(seat);
    return result;
  }

  #add(seat: Seat): void {
    if (this.#idle.length < MAXIMUM_IDLE) this.#idle.push(seat);
  }
}
