import type { Stdio } from '#runtime/wasi/host.ts';
import { enter, type Outcome, outcomeOf } from '#runtime/wasi/run-module.ts';
import type { HostCalls } from './host-calls.ts';
import type { ModuleRung } from './module-rung.ts';
import { ModuleWorld, type WorldOptions } from './module-world.ts';

/** Makes an instance for each run: right for every module. */
export class NewInstance implements ModuleRung {
  readonly name = 'new' as const;
  readonly #module: WebAssembly.Module;
  readonly #options: WorldOptions;

  constructor(module: WebAssembly.Module, options: WorldOptions) {
    this.#module = module;
    this.#options = options;
  }

  run(stdio: Stdio, calls: HostCalls): Outcome {
    using world = new ModuleWorld(this.#options);
    world.open(stdio, calls);
    return outcomeOf(world.host, () => enter(world.instantiate(this.#module)));
  }
}
