import { GuestEnd } from '#runtime/wasi/end.ts';
import { type Stdio, WASI_MODULE, WasiHost, type WasiImport, type WasiOptions } from '#runtime/wasi/host.ts';
import type { OpenInstance } from '#runtime/wasi/instance-image.ts';
import { attachMemory } from '#runtime/wasi/run-module.ts';
import type { GuestStream } from '#runtime/wasi/stream.ts';
import { CallStopped } from '#runtime/worker/host-calls.ts';
import type { FrozenWorld } from '../frozen/frozen-interpreter.ts';

export interface PythonWorldOptions {
  readonly wasi: WasiOptions;
  /** The global that counts how often memory was refused, if the module has one (`StateExports`). */
  readonly refusals: string | undefined;
  /** Whether its instances are entered in a way that lets them wait for the host. */
  readonly suspends?: boolean;
  /** Whether `watch` is called. */
  readonly watches?: boolean;
}

/** An instance, and the world it was made in. */
export interface PythonSeat {
  readonly world: PythonWorld;
  readonly open: OpenInstance;
}

/** All that an interpreter may import. */
export class PythonWorld implements FrozenWorld {
  readonly host: WasiHost;
  /** Called before each import, with its name and what it is called with; what it throws goes through the guest. */
  watch: ((name: string, args: readonly unknown[]) => void) | undefined;
  readonly #refusals: string | undefined;
  readonly #imports: WebAssembly.Imports;
  #stdin: GuestStream | undefined;

  constructor({ wasi, refusals, suspends = false, watches = false }: PythonWorldOptions) {
    this.#refusals = refusals;
    this.host = new WasiHost(wasi);
    const imports: Record<string, unknown> = {};
    for (const [name, call] of Object.entries(this.host.imports))
      imports[name] = watches ? this.#watched(name, call) : call;
    if (suspends) imports['fd_read'] = this.#suspending(this.host.imports.fd_read);
    this.#imports = { [WASI_MODULE]: imports };
  }

  open(stdio: Stdio): void {
    this.#stdin = stdio.stdin;
    this.host.open(stdio);
  }

  instantiate(module: WebAssembly.Module): WebAssembly.Instance {
    const instance = new WebAssembly.Instance(module, this.#imports);
    attachMemory(this.host, instance, this.#refusals);
    return instance;
  }

  #watched(name: string, call: WasiImport): WasiImport {
    return (...args) => {
      this.watch?.(name, args);
      return call(...args);
    };
  }

  /** A guest that reads while the host's answer is on its way is set aside until it is there. */
  #suspending(read: WasiImport): WebAssembly.Suspending {
    return new WebAssembly.Suspending((...args: never[]) => {
      const waiting = this.#stdin?.waiting;
      return waiting === undefined ? read(...args) : this.#after(waiting).then(() => read(...args));
    });
  }

  async #after(waiting: Promise<void>): Promise<void> {
    try {
      await waiting;
    } catch (error) {
      // Nobody waits for the guest any more; it meets this again should it catch it.
      throw error instanceof CallStopped ? this.host.stop(new GuestEnd(error.message)) : error;
    }
  }

  [Symbol.dispose](): void {
    this.#stdin = undefined;
    this.host[Symbol.dispose]();
  }
}
