import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import type { StateExports } from '#runtime/wasi/expose-state.ts';
import type { WasiImport, WasiOptions } from '#runtime/wasi/host.ts';
import { InstanceImage, type OpenInstance, openInstance } from '#runtime/wasi/instance-image.ts';
import { MemoryOutput } from '#runtime/wasi/memory-stdio.ts';
import { outcomeOf } from '#runtime/wasi/run-module.ts';
import { Channel, type Message } from './channel.ts';
import { type EntryPlace, entryOf } from './entry.ts';
import { startOptions } from './environment.ts';
import { interpreterModule } from './interpreter.ts';
import { PythonWorld } from './python-world.ts';

/** An interpreter that has started and stands still, ready to be entered by `entry`. */
export interface StartedPython {
  readonly module: WebAssembly.Module;
  readonly state: StateExports;
  readonly image: InstanceImage;
  readonly entry: EntryPlace;
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
export async function startPython(spec: InterpretedSpec): Promise<StartedPython | undefined> {
  const options = await startOptions(spec, undefined);
  const key = JSON.stringify([spec.interpreter.binary.sha256, spec.limits.memory, options]);
  const known = started.get(key)?.deref();
  if (known !== undefined) return known;
  const { module, state } = await interpreterModule(spec.interpreter, spec.limits.memory);
  const made = state === undefined ? undefined : start(module, state, options);
  if (made !== undefined) started.set(key, new WeakRef(made));
  return made;
}

function start(
  module: WebAssembly.Module,
  state: StateExports,
  options: WasiOptions,
): StartedPython | undefined {
  let place: EntryPlace | undefined;
  const channel = new Channel(LOG_BYTES, ({ head }) => {
    place = placeOf(head) ?? place;
    return undefined;
  });
  // A clock, because CPython reads it without letting go of its lock: it can be entered again right there.
  const stop = (original: WasiImport): WasiImport => {
    return (...args) => {
      if (place !== undefined) throw new StandStill();
      return original(...args);
    };
  };
  using world = new PythonWorld({
    wasi: options,
    refusals: undefined,
    replace: (name, original) => (name === 'clock_time_get' ? stop(original) : original),
  });
  world.open({ ...channel, stderr: new MemoryOutput({ name: 'stderr', limit: LOG_BYTES, beyond: 'drop' }) });
  const open = openInstance(world.instantiate(module), state);
  try {
    (open.instance.exports['_start'] as () => void)();
    return undefined;
  } catch (error) {
    if (!(error instanceof StandStill) || place === undefined) return undefined;
  }
  const image = InstanceImage.take(open);
  if (image === undefined) return undefined;
  const made = { module, state, image, entry: place };
  return answersProbe(world, open, made) ? made : undefined;
}

/** Enters it once, and looks whether it does as it is told: where the entry lies depends on its version. */
function answersProbe(
  world: PythonWorld,
  open: OpenInstance,
  { state, image, entry }: StartedPython,
): boolean {
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
  return typeof callable === 'number' && typeof noArguments === 'number'
    ? { callable, noArguments }
    : undefined;
}
