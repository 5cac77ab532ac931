import type { HttpPolicy } from '#runtime/outbound/http-policy.ts';
import { type Stdio, WASI_MODULE, WasiHost, type WasiOptions } from '#runtime/wasi/host.ts';
import { attachMemory } from '#runtime/wasi/run-module.ts';
import type { HostCalls } from './host-calls.ts';
import type { ModuleEntry } from './module-entry.ts';
import { type HttpGuest, sendHttpRequest } from './module-http.ts';
import { HTTP_MODULE, SEND_HTTP_REQUEST } from './module-imports.ts';

export interface WorldOptions {
  readonly wasi: WasiOptions;
  readonly http: HttpPolicy;
  /** Whether its instances are entered in a way that lets them wait for the host. */
  readonly suspends: boolean;
  /** The global that counts how often memory was refused, if the module has one (`StateExports`). */
  readonly refusals: string | undefined;
}

/** All that a module worker may import. Between `open` and disposing one run has it. */
export class ModuleWorld implements Disposable {
  readonly host: WasiHost;
  readonly #http: HttpGuest;
  readonly #imports: WebAssembly.Imports;
  readonly #refusals: string | undefined;

  constructor({ wasi, http, suspends, refusals }: WorldOptions) {
    this.#refusals = refusals;
    this.host = new WasiHost(wasi);
    const { host } = this;
    const heap = { memory: host.memory, exports: {} };
    this.#http = { host, heap, policy: http, calls: undefined, hasTold: false };
    const send = sendHttpRequest(this.#http);
    this.#imports = {
      [WASI_MODULE]: host.imports,
      [HTTP_MODULE]: { [SEND_HTTP_REQUEST]: suspends ? new WebAssembly.Suspending(send) : send },
    };
  }

  /**
   * `calls` is undefined while no request is handled.
   *
   * @throws FolderError when a folder cannot be opened
   */
  open(stdio: Stdio, calls: HostCalls | undefined): void {
    this.#http.calls = calls;
    this.#http.hasTold = false;
    this.host.open(stdio);
  }

  /** Makes an instance in this world, in the place of the one before. */
  instantiate(module: WebAssembly.Module): WebAssembly.Instance {
    const instance = new WebAssembly.Instance(module, this.#imports);
    attachMemory(this.host, instance, this.#refusals);
    this.#http.heap.exports = instance.exports;
    return instance;
  }

  /** Does what comes before the first request, without the host's services. Says whether its state may be reused. */
  prepare({ exports }: WebAssembly.Instance, { preparation }: ModuleEntry): boolean {
    const { calls } = this.#http;
    this.#http.calls = undefined;
    const results = preparation.map((name) => callExport(exports, name));
    this.#http.calls = calls;
    return results.every((result) => result === undefined || result === 0);
  }

  /** As `prepare`, for instances that may wait for the host: all of it has to be entered as if they did. */
  async prepareLater({ exports }: WebAssembly.Instance, { preparation }: ModuleEntry): Promise<void> {
    const { calls } = this.#http;
    this.#http.calls = undefined;
    for (const name of preparation) await promising(exports, name)();
    this.#http.calls = calls;
  }

  /** Has a prepared instance answer its request. */
  handle({ exports }: WebAssembly.Instance, { handler }: ModuleEntry): void {
    if (handler !== undefined) callExport(exports, handler);
  }

  /** As `handle`, each time it is called, for instances that may wait for the host. */
  suspendable({ exports }: WebAssembly.Instance, { handler }: ModuleEntry): () => Promise<unknown> {
    return handler === undefined ? async () => undefined : promising(exports, handler);
  }

  [Symbol.dispose](): void {
    this.#http.calls = undefined;
    this.host[Symbol.dispose]();
  }
}

/** Calls an export that is known to be a function without parameters. */
function callExport(exports: WebAssembly.Instance['exports'], name: string): unknown {
  return (exports[name] as () => unknown)();
}

function promising(exports: WebAssembly.Instance['exports'], name: string): () => Promise<unknown> {
  return WebAssembly.promising(exports[name] as () => unknown);
}
