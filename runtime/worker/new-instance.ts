import type { Stdio, WasiOptions } from '#runtime/wasi/host.ts';
import { enter, type Outcome, outcomeOf } from '#runtime/wasi/run-module.ts';
import type { ModuleRung } from './module-rung.ts';
import { ModuleWorld } from './module-world.ts';

/** Makes an instance for each run: right for every module. */
export class NewInstance implements ModuleRung {
  readonly name = 'new' as const;
  readonly #module: WebAssembly.Module;
  readonly #wasi: WasiOptions;

  constructor(module: WebAssembly.Module, wasi: WasiOptions) {
    this.#module = module;
    this.#wasi = wasi;
  }

  run(stdio: Stdio): Outcome {
    using world = new ModuleWorld(this.#wasi);
    world.host.open(stdio);
    return outcomeOf(world.host, () => enter(world.instantiate(this.#module)));
  }
}
