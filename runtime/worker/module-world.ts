import type { HttpPolicy } from '#runtime/outbound/http-policy.ts';
import { type Stdio, WASI_MODULE, WasiHost, type WasiOptions } from '#runtime/wasi/host.ts';
import { attachMemory } from '#runtime/wasi/run-module.ts';
import type { HostCalls } from './host-calls.ts';
import { HTTP_MODULE, type HttpGuest, SEND_HTTP_REQUEST, sendHttpRequest } from './module-http.ts';

export interface WorldOptions {
  readonly wasi: WasiOptions;
  readonly http: HttpPolicy;
  /** Whether its instances are entered in a way that lets them wait for the host. */
  readonly suspends: boolean;
}

/** All that a module worker may import. Between `open` and disposing one run has it. */
export class ModuleWorld implements Disposable {
  readonly host: WasiHost;
  readonly #http: HttpGuest;
  readonly #imports: WebAssembly.Imports;

  constructor({ wasi, http, suspends }: WorldOptions) {
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

  /** @throws FolderError when a folder cannot be opened */
  open(stdio: Stdio, calls: HostCalls): void {
    this.#http.calls = calls;
    this.#http.hasTold = false;
    this.host.open(stdio);
  }

  /** Makes an instance in this world, in the place of the one before. */
  instantiate(module: WebAssembly.Module): WebAssembly.Instance {
    const instance = new WebAssembly.Instance(module, this.#imports);
    attachMemory(this.host, instance);
    this.#http.heap.exports = instance.exports;
    return instance;
  }

  [Symbol.dispose](): void {
    this.#http.calls = undefined;
    this.host[Symbol.dispose]();
  }
}
