import type { Stdio } from '#runtime/wasi/host.ts';
import { type InstanceImage, type OpenInstance, openInstance } from '#runtime/wasi/instance-image.ts';
import { type Outcome, outcomeLater } from '#runtime/wasi/run-module.ts';
import { firstInstance } from './first-instance.ts';
import type { HostCalls } from './host-calls.ts';
import type { LoadedModule } from './module-entry.ts';
import type { RungName } from './module-rung.ts';
import { ModuleWorld, type WorldOptions } from './module-world.ts';

/** Instances kept for the next burst of runs that wait for the host. */
const MAXIMUM_IDLE = 4;

/** An instance in its own world: a run has it to itself until it ends, however long it is suspended. */
interface Seat {
  readonly world: ModuleWorld;
  open: OpenInstance | undefined;
  /** Enters the instance where it is to be suspended; made when it is first used. */
  handle: (() => Promise<unknown>) | undefined;
}

/**
 * Runs a module that may wait for the host in the middle of an import: its stack is set aside (JSPI) and others run
 * meanwhile, in instances of their own. As with the other ways, each run finds the first state: an instance is
 * restored before it is used again, or made anew where that is impossible.
 */
export class SuspendingInstances {
  readonly name: RungName;
  readonly said: Uint8Array;
  readonly #loaded: LoadedModule;
  readonly #options: WorldOptions;
  /** Undefined: every run has a new instance. */
  readonly #image: InstanceImage | undefined;
  readonly #idle: Seat[] = [];

  constructor(loaded: LoadedModule, options: WorldOptions) {
    this.#loaded = loaded;
    this.#options = options;
    // Its image fits any instance; it itself was entered in a way that allows no suspending import.
    const first = firstInstance(loaded, new ModuleWorld({ ...options, suspends: false }));
    this.#image = first?.image;
    this.said = first?.said ?? new Uint8Array();
    this.name = first === undefined ? 'new' : 'kept';
  }

  /** @throws FolderError when a folder cannot be opened */
  async run(stdio: Stdio, calls: HostCalls): Promise<Outcome> {
    const world = (): ModuleWorld => new ModuleWorld(this.#options);
    const seat = this.#idle.pop() ?? { world: world(), open: undefined, handle: undefined };
    const outcome = await this.#runIn(seat, stdio, calls);
    const isUsable = seat.open !== undefined && this.#image?.isOutgrown(seat.open) === false;
    if (isUsable && this.#idle.length < MAXIMUM_IDLE) this.#idle.push(seat);
    return outcome;
  }

  async #runIn(seat: Seat, stdio: Stdio, calls: HostCalls): Promise<Outcome> {
    using world = seat.world;
    world.open(stdio, calls);
    return await outcomeLater(world.host, async () => {
      const { instance } = this.#ready(seat);
      const { entry } = this.#loaded;
      if (this.#image === undefined && entry.preparation.length > 0)
        await world.prepareLater(instance, entry);
      seat.handle ??= world.suspendable(instance, entry);
      await seat.handle();
    });
  }

  /** The seat's instance in the state that every request finds, as far as there is an image of it. */
  #ready(seat: Seat): OpenInstance {
    const { module, state, entry } = this.#loaded;
    const used = seat.open;
    seat.open ??= openInstance(seat.world.instantiate(module), state);
    // A new one is as its image is, where nothing was prepared.
    if (used !== undefined || entry.preparation.length > 0) this.#image?.restore(seat.open);
    return seat.open;
  }
}
