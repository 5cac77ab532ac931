import type { Stdio } from '#runtime/wasi/host.ts';
import { type Outcome, outcomeOf } from '#runtime/wasi/run-module.ts';
import type { HostCalls } from './host-calls.ts';
import type { LoadedModule } from './module-entry.ts';
import type { ModuleRung } from './module-rung.ts';
import { ModuleWorld, type WorldOptions } from './module-world.ts';

/** Makes an instance for each run, and prepares it there: right for every module. */
export class NewInstance implements ModuleRung {
  readonly name = 'new' as const;
  readonly said: Uint8Array = new Uint8Array();
  readonly #loaded: LoadedModule;
  readonly #options: WorldOptions;

  constructor(loaded: LoadedModule, options: WorldOptions) {
    this.#loaded = loaded;
    this.#options = options;
  }

  run(stdio: Stdio, calls: HostCalls): Outcome {
    using world = new ModuleWorld(this.#options);
    world.open(stdio, calls);
    const { module, entry } = this.#loaded;
    return outcomeOf(world.host, () => {
      const instance = world.instantiate(module);
      world.prepare(instance, entry);
      world.handle(instance, entry);
    });
  }
}
