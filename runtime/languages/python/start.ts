import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import type { StateExports } from '#runtime/wasi/expose-state.ts';
import type { WasiOptions } from '#runtime/wasi/host.ts';
import { InstanceImage, openInstance } from '#runtime/wasi/instance-image.ts';
import { checkModule } from '#runtime/wasi/link.ts';
import { MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import { outcomeOf } from '#runtime/wasi/run-module.ts';
import { findSnapshot, SNAPSHOT_DIRECTORY, type Stored, snapshotKey } from '../frozen/snapshots.ts';
import { Channel, type Message } from './channel.ts';
import { type EntryPlace, entryOf } from './entry.ts';
import { startOptions } from './environment.ts';
import { interpreterBytes, interpreterModule } from './interpreter.ts';
import { type PythonSeat, PythonWorld } from './python-world.ts';

/** An interpreter that has started and stands still, ready to be entered by `entry`. */
export interface StartedPython {
  readonly module: WebAssembly.Module;
  readonly state: StateExports;
  readonly image: InstanceImage;
  readonly entry: EntryPlace;
}

/** An interpreter, and an instance that it has been in, if one is at hand. */
export interface StartedSeat {
  readonly python: StartedPython;
  readonly seat: PythonSeat | undefined;
}

/** Of what it says while it starts. */
const LOG_BYTES = 64 * 1024;

/** Thrown through the interpreter where it is to stand still. */
class StandStill extends Error {}

const started = new Map<string, WeakRef<StartedPython>>();

/**
 * The interpreter of a worker, started with what it reads at start: workers of one thread that have all of that in
 * common share it. Undefined: this build cannot be stopped and entered again, and has to be started anew for each
 * request.
 *
 * @throws ModuleError for a file that is no interpreter, FolderError when a folder cannot be opened
 */
export async function startPython(
  spec: InterpretedSpec,
  options: WasiOptions,
): Promise<StartedSeat | undefined> {
  const { witness: _, ...plain } = options;
  const key = JSON.stringify([spec.interpreter.binary.sha256, spec.limits.memory, plain]);
  const known = started.get(key)?.deref();
  if (known !== undefined) return { python: known, seat: undefined };
  const made = (await fromSnapshot(spec, options)) ?? (await startNow(spec, options));
  if (made !== undefined) started.set(key, new WeakRef(made.python));
  return made;
}

/** What a project may keep, so that the interpreter need not be started; undefined where it has to be each time. */
export async function storePython(spec: InterpretedSpec): Promise<Stored | undefined> {
  const options = await startOptions(spec, undefined);
  const made = await startNow(spec, { ...options, still: true });
  const rewritten = await interpreterBytes(spec.interpreter, spec.limits.memory);
  if (made === undefined || rewritten === undefined) return undefined;
  const { bytes: module, state } = rewritten;
  const { image, entry } = made.python;
  const stored = { module, state, image: image.contents(), notes: entry };
  return { key: keyOf(spec, options), stored };
}

async function startNow(spec: InterpretedSpec, options: WasiOptions): Promise<StartedSeat | undefined> {
  const { module, state } = await interpreterModule(spec.interpreter, spec.limits.memory);
  return state === undefined ? undefined : start(module, state, options);
}

async function fromSnapshot(spec: InterpretedSpec, options: WasiOptions): Promise<StartedSeat | undefined> {
  const found = await findSnapshot(spec.root, keyOf(spec, options), spec.limits.memory);
  if (found === undefined) return undefined;
  const { module, state, image, notes } = found;
  const entry = entryPlaceOf(notes);
  if (entry === undefined) return undefined;
  using world = new PythonWorld({ wasi: options, refusals: state.refusals, watches: true });
  try {
    checkModule(module, SNAPSHOT_DIRECTORY, new Set());
    const open = openInstance(world.instantiate(module), state);
    const made = { module, state, image, entry };
    const seat = { world, open };
    return answersProbe(seat, made) ? { python: made, seat } : undefined;
  } catch {
    // Whatever it was, it was no interpreter of ours.
    return undefined;
  }
}

/** All that the memory of a started interpreter depends on, but where the project lies. */
function keyOf(
  { interpreter: { binary, library }, limits }: InterpretedSpec,
  { args, env, preopens }: WasiOptions,
): string {
  const folders = preopens.map(({ guestPath, writable }) => [guestPath, writable]);
  const files = library.files.map(({ sha256 }) => sha256);
  return snapshotKey(['python', binary.sha256, limits.memory, args, env, folders, files]);
}

function start(
  module: WebAssembly.Module,
  state: StateExports,
  options: WasiOptions,
): StartedSeat | undefined {
  let place: EntryPlace | undefined;
  const channel = new Channel(LOG_BYTES, ({ head }) => {
    place = placeOf(head) ?? place;
    return undefined;
  });
  using world = new PythonWorld({ wasi: options, refusals: state.refusals, watches: true });
  // A clock, because CPython reads it without letting go of its lock: it can be entered again right there.
  world.watch = (name) => {
    if (name === 'clock_time_get' && place !== undefined) throw new StandStill();
  };
  world.open({ ...channel, stderr: new MemoryOutput({ name: 'stderr', limit: LOG_BYTES, beyond: 'drop' }) });
  const open = openInstance(world.instantiate(module), state);
  try {
    (open.instance.exports['_start'] as () => void)();
    return undefined;
  } catch (error) {
    if (!(error instanceof StandStill) || place === undefined) return undefined;
  }
  world.watch = undefined;
  const image = InstanceImage.take(open);
  if (image === undefined) return undefined;
  const made = { module, state, image, entry: place };
  const seat = { world, open };
  return answersProbe(seat, made) ? { python: made, seat } : undefined;
}

/** Enters it once, and looks whether it does as it is told: where the entry lies depends on its version. */
function answersProbe({ world, open }: PythonSeat, { state, image, entry }: StartedPython): boolean {
  const value = Math.floor(Math.random() * 2 ** 32);
  let answer: Message | undefined;
  const channel = new Channel(LOG_BYTES, (message) => {
    answer = message;
    return undefined;
  });
  channel.tell({ head: { do: 'probe', value }, body: new Uint8Array() });
  image.restore(open);
  world.open({ ...channel, stderr: new MemoryOutput({ name: 'stderr', limit: LOG_BYTES, beyond: 'drop' }) });
  const outcome = outcomeOf(world.host, () => {
    const { call, args } = entryOf(open, state, entry);
    if (call(...args) === 0) throw new Error('An exception was left');
  });
  return outcome.kind === 'exited' && answer?.head['probe'] === value;
}

function placeOf({ ready }: Message['head']): EntryPlace | undefined {
  if (!Array.isArray(ready)) return undefined;
  const [callable, noArguments]: unknown[] = ready;
  return entryPlaceOf({ callable, noArguments });
}

function entryPlaceOf(value: unknown): EntryPlace | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { callable, noArguments }: Partial<Record<string, unknown>> = { ...value };
  return typeof callable === 'number' && typeof noArguments === 'number'
    ? { callable, noArguments }
    : undefined;
}
