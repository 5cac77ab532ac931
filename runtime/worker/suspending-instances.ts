import type { StateExports } from '#runtime/wasi/expose-state.ts';
import type { Stdio } from '#runtime/wasi/host.ts';
import { InstanceImage, type OpenInstance, openInstance } from '#runtime/wasi/instance-image.ts';
import { type Outcome, outcomeLater } from '#runtime/wasi/run-module.ts';
import type { HostCalls } from './host-calls.ts';
import type { RungName } from './module-rung.ts';
import { ModuleWorld, type WorldOptions } from './module-world.ts';

/** Instances kept for the next burst of runs that wait for the host. */
const MAXIMUM_IDLE = 4;

const NO_STATE: StateExports = { memory: undefined, globals: [], tables: [] };

/** An instance in its own world: a run has it to itself until it ends, however long it is suspended. */
interface Seat {
  readonly world: ModuleWorld;
  open: OpenInstance | undefined;
  /** Enters the instance; made with it. */
  enter: (() => Promise<unknown>) | undefined;
}

/**
 * Runs a module that may wait for the host in the middle of an import: its stack is set aside (JSPI) and others run
 * meanwhile, in instances of their own. As with the other ways, each run finds the first state: an instance is
 * restored before it is used again, or made anew where that is impossible.
 */
export class SuspendingInstances {
  readonly name: RungName;
  readonly #module: WebAssembly.Module;
  readonly #state: StateExports | undefined;
  readonly #options: WorldOptions;
  /** Undefined: every run has a new instance. */
  readonly #image: InstanceImage | undefined;
  readonly #idle: Seat[] = [];

  /** `state` is what the module exports, undefined where an instance cannot be restored. */
  constructor(module: WebAssembly.Module, state: StateExports | undefined, options: WorldOptions) {
    this.#module = module;
    this.#state = state;
    this.#options = options;
    const seat = this.#newSeat();
    if (state !== undefined) this.#image = this.#firstImage(seat);
    if (this.#image !== undefined) this.#idle.push(seat);
    this.name = this.#image === undefined ? 'new' : 'kept';
  }

  /** @throws FolderError when a folder cannot be opened */
  async run(stdio: Stdio, calls: HostCalls): Promise<Outcome> {
    const seat = this.#idle.pop() ?? this.#newSeat();
    const outcome = await this.#runIn(seat, stdio, calls);
    const isUsable = seat.open !== undefined && this.#image?.isOutgrown(seat.open) === false;
    if (isUsable && this.#idle.length < MAXIMUM_IDLE) this.#idle.push(seat);
    return outcome;
  }

  async #runIn(seat: Seat, stdio: Stdio, calls: HostCalls): Promise<Outcome> {
    using world = seat.world;
    world.open(stdio, calls);
    if (seat.open !== undefined) this.#image?.restore(seat.open);
    return await outcomeLater(world.host, async () => {
      if (seat.open === undefined) this.#instantiate(seat);
      await seat.enter?.();
    });
  }

  #newSeat(): Seat {
    return { world: new ModuleWorld(this.#options), open: undefined, enter: undefined };
  }

  #instantiate(seat: Seat): OpenInstance {
    const instance = seat.world.instantiate(this.#module);
    const { _start, _initialize } = instance.exports;
    const entry = _start ?? _initialize;
    if (typeof entry === 'function') seat.enter = WebAssembly.promising(entry);
    seat.open = openInstance(instance, this.#state ?? NO_STATE);
    return seat.open;
  }

  #firstImage(seat: Seat): InstanceImage | undefined {
    try {
      return InstanceImage.take(this.#instantiate(seat));
    } catch {
      // Data that does not fit its memory, say: every request is to be told, and is when it makes an instance.
      return undefined;
    }
  }
}
