import type { StateExports } from '#runtime/wasi/expose-state.ts';
import type { Stdio, WasiHost } from '#runtime/wasi/host.ts';
import { type InstanceImage, type OpenInstance, openInstance } from '#runtime/wasi/instance-image.ts';
import { type Outcome, outcomeLater, outcomeOf } from '#runtime/wasi/run-module.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';

/** Instances kept for the next burst of runs that wait for the host. */
const MAXIMUM_IDLE = 4;

/** All that one instance may import. Between `open` and disposing one run has it. */
export interface FrozenWorld extends Disposable {
  readonly host: WasiHost;
  /** @throws FolderError when a folder cannot be opened */
  open(stdio: Stdio, calls: HostCalls): void;
  instantiate(module: WebAssembly.Module): WebAssembly.Instance;
}

/** A place for one run at a time: a world, and the instance in it. */
export interface FrozenSeat {
  readonly world: FrozenWorld;
  /** Absent before the first run, and when the instance was given up. */
  open: OpenInstance | undefined;
  /** Begins a run in the instance. */
  enter: (() => unknown) | undefined;
}

export interface FrozenInterpreterOptions {
  readonly module: WebAssembly.Module;
  readonly state: StateExports;
  /** What every run begins with. */
  readonly image: InstanceImage;
  readonly makeWorld: () => FrozenWorld;
  /** Finds what begins a run in an instance that holds the image: with `suspends` it promises. */
  readonly entryOf: (instance: WebAssembly.Instance, open: OpenInstance) => () => unknown;
  /** Whether a run may be set aside while it waits for the host. */
  readonly suspends: boolean;
}

/**
 * Runs an interpreter that was frozen at rest. Before each run an instance is put back to the image, however the run
 * before ended; while one is set aside, others run in instances of their own.
 */
export class FrozenInterpreter {
  readonly #options: FrozenInterpreterOptions;
  readonly #idle: FrozenSeat[];

  /** `first` is where the image was made, if that is to be used again. */
  constructor(options: FrozenInterpreterOptions, first?: Pick<FrozenSeat, 'world' | 'open'>) {
    this.#options = options;
    this.#idle = first === undefined ? [] : [{ ...first, enter: undefined }];
  }

  /** @throws FolderError when a folder cannot be opened */
  run(stdio: Stdio, calls: HostCalls): Outcome | Promise<Outcome> {
    // A seat whose run ends in an unforeseen way is not put back.
    const seat = this.#idle.pop() ?? { world: this.#options.makeWorld(), open: undefined, enter: undefined };
    return this.#options.suspends ? this.#runLater(seat, stdio, calls) : this.#run(seat, stdio, calls);
  }

  #run(seat: FrozenSeat, stdio: Stdio, calls: HostCalls): Outcome {
    using world = this.#opened(seat, stdio, calls);
    const outcome = outcomeOf(world.host, this.#restored(seat));
    this.#putBack(seat);
    return outcome;
  }

  async #runLater(seat: FrozenSeat, stdio: Stdio, calls: HostCalls): Promise<Outcome> {
    using world = this.#opened(seat, stdio, calls);
    const enter = this.#restored(seat);
    const outcome = await outcomeLater(world.host, async () => {
      await enter();
    });
    this.#putBack(seat);
    return outcome;
  }

  #opened(seat: FrozenSeat, stdio: Stdio, calls: HostCalls): FrozenWorld {
    try {
      seat.world.open(stdio, calls);
    } catch (error) {
      // Its instance is none the worse for a folder that is not there.
      this.#putBack(seat);
      throw error;
    }
    return seat.world;
  }

  /** What begins a run, in an instance that holds the image and nothing else. */
  #restored(seat: FrozenSeat): () => unknown {
    const { module, state, image, entryOf } = this.#options;
    seat.open ??= openInstance(seat.world.instantiate(module), state);
    image.restore(seat.open);
    seat.enter ??= entryOf(seat.open.instance, seat.open);
    return seat.enter;
  }

  #putBack(seat: FrozenSeat): void {
    if (this.#idle.length >= MAXIMUM_IDLE) return;
    if (seat.open !== undefined && this.#options.image.isOutgrown(seat.open)) {
      seat.open = undefined;
      seat.enter = undefined;
    }
    this.#idle.push(seat);
  }
}
