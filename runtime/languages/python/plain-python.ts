import type { Stdio } from '#runtime/wasi/host.ts';
import { enter, type Outcome, outcomeLater, outcomeOf } from '#runtime/wasi/run-module.ts';
import { PythonWorld, type PythonWorldOptions } from './python-world.ts';

/** Starts the interpreter for each request: right for every build, and slow. */
export class PlainPython {
  readonly #module: WebAssembly.Module;
  readonly #options: PythonWorldOptions;

  constructor(module: WebAssembly.Module, options: PythonWorldOptions) {
    this.#module = module;
    this.#options = options;
  }

  /** @throws FolderError when a folder cannot be opened */
  run(stdio: Stdio): Outcome | Promise<Outcome> {
    const world = new PythonWorld(this.#options);
    return this.#options.suspends === true ? this.#runLater(world, stdio) : this.#run(world, stdio);
  }

  #run(made: PythonWorld, stdio: Stdio): Outcome {
    using world = made;
    world.open(stdio);
    return outcomeOf(world.host, () => enter(world.instantiate(this.#module)));
  }

  async #runLater(made: PythonWorld, stdio: Stdio): Promise<Outcome> {
    using world = made;
    world.open(stdio);
    return await outcomeLater(world.host, async () => {
      await WebAssembly.promising(world.instantiate(this.#module).exports['_start'])();
    });
  }
}
