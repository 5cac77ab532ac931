/**
 * The parts of the WebAssembly JavaScript interface that are used here. Node's types leave it out, and the
 * DOM library would bring a browser's globals with it.
 */
declare namespace WebAssembly {
  type ExternalKind = 'function' | 'global' | 'memory' | 'table' | 'tag';

  interface ModuleImportDescriptor {
    readonly module: string;
    readonly name: string;
    readonly kind: ExternalKind;
  }

  interface ModuleExportDescriptor {
    readonly name: string;
    readonly kind: ExternalKind;
  }

  /** Compiled code: holds no state, may cross threads. */
  class Module {
    protected readonly opaque: never;
    private constructor();
    static imports(module: Module): ModuleImportDescriptor[];
    static exports(module: Module): ModuleExportDescriptor[];
  }

  class Memory {
    /** In pages of 64 KiB. */
    constructor(size: { readonly initial: number; readonly maximum?: number });
    grow(pages: number): number;
    readonly buffer: ArrayBuffer;
  }

  class Global {
    /** A bigint for i64. */
    value: number | bigint;
  }

  class Table {
    readonly length: number;
    grow(delta: number): number;
    get(index: number): unknown;
  }

  type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Readonly<Record<string, unknown>>;
  }

  class CompileError extends Error {}
  class LinkError extends Error {}
  class RuntimeError extends Error {}

  /** An import that may return a promise: the stack that called it is set aside until then. */
  class Suspending {
    constructor(call: (...parameters: never[]) => unknown);
  }

  /** An export whose stack can be set aside. */
  function promising(entry: unknown): (...parameters: unknown[]) => Promise<unknown>;
  function validate(bytes: Uint8Array): boolean;
  function compile(bytes: Uint8Array): Promise<Module>;
}
