import { WASI_MODULE, WasiHost, type WasiOptions } from '#runtime/wasi/host.ts';
import { attachMemory } from '#runtime/wasi/run-module.ts';
import { HTTP_MODULE, type HttpGuest, SEND_HTTP_REQUEST, sendHttpRequest } from './module-http.ts';

/** All that a module worker may import. */
export class ModuleWorld implements Disposable {
  readonly host: WasiHost;
  readonly #http: HttpGuest;
  readonly #imports: WebAssembly.Imports;

  constructor(wasi: WasiOptions) {
    this.host = new WasiHost(wasi);
    this.#http = { memory: this.host.memory, exports: {} };
    this.#imports = {
      [WASI_MODULE]: this.host.imports,
      [HTTP_MODULE]: { [SEND_HTTP_REQUEST]: sendHttpRequest(this.#http) },
    };
  }

  /** Makes an instance in this world, in the place of the one before. */
  instantiate(module: WebAssembly.Module): WebAssembly.Instance {
    const instance = new WebAssembly.Instance(module, this.#imports);
    attachMemory(this.host, instance);
    this.#http.exports = instance.exports;
    return instance;
  }

  [Symbol.dispose](): void {
    this.host[Symbol.dispose]();
  }
}
