import type { StateExports } from '#runtime/wasi/expose-state.ts';
import type { Stdio } from '#runtime/wasi/host.ts';
import { InstanceImage, type OpenInstance, openInstance } from '#runtime/wasi/instance-image.ts';
import { enter, type Outcome, outcomeOf } from '#runtime/wasi/run-module.ts';
import type { HostCalls } from './host-calls.ts';
import type { ModuleRung } from './module-rung.ts';
import { ModuleWorld, type WorldOptions } from './module-world.ts';

/**
 * Keeps one instance, and puts it back before each run to what it was when it was made, however the run
 * before ended.
 */
export class KeptInstance implements ModuleRung {
  readonly name = 'kept' as const;
  readonly #module: WebAssembly.Module;
  readonly #state: StateExports;
  readonly #world: ModuleWorld;
  readonly #image: InstanceImage;
  /** Undefined during a run, so that one which ends in an unforeseen way is not used again. */
  #idle: OpenInstance | undefined;

  private constructor(
    module: WebAssembly.Module,
    state: StateExports,
    world: ModuleWorld,
    image: InstanceImage,
    first: OpenInstance,
  ) {
    this.#module = module;
    this.#state = state;
    this.#world = world;
    this.#image = image;
    this.#idle = first;
  }

  /** `state` is what the module exports. Undefined when keeping an instance is impossible or does not pay. */
  static of(
    module: WebAssembly.Module,
    state: StateExports,
    options: WorldOptions,
  ): KeptInstance | undefined {
    const world = new ModuleWorld(options);
    const first = instantiated(module, world, state);
    const image = first && InstanceImage.take(first);
    return image && new KeptInstance(module, state, world, image, first);
  }

  run(stdio: Stdio, calls: HostCalls): Outcome {
    using world = this.#world;
    world.open(stdio, calls);
    let current = this.#idle;
    this.#idle = undefined;
    if (current !== undefined) this.#image.restore(current);
    const outcome = outcomeOf(world.host, () => {
      current ??= openInstance(world.instantiate(this.#module), this.#state);
      enter(current.instance);
    });
    // A memory never shrinks, and its size is state like any other: allocators lay out their heap by it.
    if (current !== undefined && !this.#image.isOutgrown(current)) this.#idle = current;
    return outcome;
  }
}

function instantiated(
  module: WebAssembly.Module,
  world: ModuleWorld,
  state: StateExports,
): OpenInstance | undefined {
  try {
    return openInstance(world.instantiate(module), state);
  } catch {
    // Data that does not fit its memory, say: every request is to be told, and is when it makes an instance.
    return undefined;
  }
}
