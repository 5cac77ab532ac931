/**
 * The few parts of the WebAssembly JavaScript API this area uses. `@types/node` leaves the API out and the
 * DOM library would bring a browser's globals with it.
 */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Detaches `buffer` and puts a longer one in its place. */
  grow(pages: number): number;
}

export interface WasmGlobal {
  value: number;
}

/** A compiled module: opaque, and shareable between threads. */
export interface WasmModule {
  readonly [moduleBrand]: true;
}
declare const moduleBrand: unique symbol;

export type WasmImports = Readonly<
  Record<string, Readonly<Record<string, (...args: never[]) => number | undefined>>>
>;

interface WebAssemblyApi {
  compile(bytes: Uint8Array): Promise<WasmModule>;
  readonly Instance: new (module: WasmModule, imports: WasmImports) => { readonly exports: unknown };
}

const api = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;

export const compileModule = (bytes: Uint8Array): Promise<WasmModule> => api.compile(bytes);

/** Instantiates at once; `Exports` is what the caller knows the module to export. */
export function instantiate<Exports>(module: WasmModule, imports: WasmImports): Exports {
  return new api.Instance(module, imports).exports as Exports;
}
