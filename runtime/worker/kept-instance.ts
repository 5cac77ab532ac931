import type { Stdio } from '#runtime/wasi/host.ts';
import { type InstanceImage, type OpenInstance, openInstance } from '#runtime/wasi/instance-image.ts';
import { type Outcome, outcomeOf } from '#runtime/wasi/run-module.ts';
import { type FirstInstance, firstInstance } from './first-instance.ts';
import type { HostCalls } from './host-calls.ts';
import type { LoadedModule } from './module-entry.ts';
import type { ModuleRung } from './module-rung.ts';
import { ModuleWorld, type WorldOptions } from './module-world.ts';

/**
 * Keeps one instance, and puts it back before each run to what it was when it was made and prepared, however the
 * run before ended.
 */
export class KeptInstance implements ModuleRung {
  readonly name = 'kept' as const;
  readonly said: Uint8Array;
  readonly #loaded: LoadedModule;
  readonly #world: ModuleWorld;
  readonly #image: InstanceImage;
  /** Undefined during a run, so that one which ends in an unforeseen way is not used again. */
  #idle: OpenInstance | undefined;

  private constructor(loaded: LoadedModule, world: ModuleWorld, { open, image, said }: FirstInstance) {
    this.#loaded = loaded;
    this.#world = world;
    this.#image = image;
    this.#idle = open;
    this.said = said;
  }

  /** Undefined when keeping an instance is impossible or does not pay. */
  static of(loaded: LoadedModule, options: WorldOptions): KeptInstance | undefined {
    const world = new ModuleWorld(options);
    const first = firstInstance(loaded, world);
    return first && new KeptInstance(loaded, world, first);
  }

  run(stdio: Stdio, calls: HostCalls): Outcome {
    using world = this.#world;
    world.open(stdio, calls);
    let current = this.#idle;
    this.#idle = undefined;
    const outcome = outcomeOf(world.host, () => {
      current = this.#ready(current);
      world.handle(current.instance, this.#loaded.entry);
    });
    // Unless its memory has grown in a way that cannot be taken back.
    if (current !== undefined && !this.#image.isOutgrown(current)) this.#idle = current;
    return outcome;
  }

  #ready(used: OpenInstance | undefined): OpenInstance {
    const { module, state, entry } = this.#loaded;
    const open = used ?? openInstance(this.#world.instantiate(module), state);
    // A new one is as its image is, where nothing was prepared.
    if (used !== undefined || entry.preparation.length > 0) this.#image.restore(open);
    return open;
  }
}
