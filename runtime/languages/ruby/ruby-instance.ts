/**
 * The exports of Ruby's reactor build (`ruby.wasm`, `rb-abi-guest`) by the beginning of their names, which go on
 * with their types.
 */
const RUBY_INIT = 'ruby-init:';
const EVALUATE = 'rb-eval-string-protect:';

/** As it would be given to a command. RubyGems takes longer to load than all the rest; `boot` finds its gems. */
const ARGUMENTS = ['ruby', '-EUTF-8', '--disable-gems', '-e_=0'];

const POINTER_BYTES = 4;

/** Whether it is a build that can be called from outside, and not only started. */
export function isReactor(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.exports(module).some(({ name }) => name.startsWith(RUBY_INIT));
}

/** What that build imports beside WASI: values of JavaScript, of which there are none here. */
export function rubyImports(module: WebAssembly.Module): WebAssembly.Imports {
  // Results of evaluating come as handles, and nobody asks what is behind them.
  const values: Record<string, unknown> = { 'resource_new_rb-abi-value': () => 0 };
  const javascript: Record<string, unknown> = {};
  const imports = { canonical_abi: values, 'rb-js-abi-host': javascript };
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    if (!Object.hasOwn(imports, from)) continue;
    imports[from as keyof typeof imports][name] ??= () => {
      throw new Error(`Ruby called "${name}", which is not there`);
    };
  }
  return imports;
}

/** Text in the guest's memory. */
export interface GuestText {
  readonly pointer: number;
  readonly length: number;
}

/** Ruby's virtual machine in an instance, as seen from outside. */
export class RubyInstance {
  readonly #memory: WebAssembly.Memory;
  readonly #exports: WebAssembly.Instance['exports'];

  constructor({ exports }: WebAssembly.Instance) {
    this.#exports = exports;
    this.#memory = exports['memory'] as WebAssembly.Memory;
  }

  /** Starts the virtual machine. */
  initialize(): void {
    this.#call('_initialize');
    const texts = ARGUMENTS.map((argument) => this.store(argument));
    const list = this.#allocate(POINTER_BYTES, texts.length * 2 * POINTER_BYTES);
    for (const [index, { pointer, length }] of texts.entries()) {
      const view = new DataView(this.#memory.buffer);
      view.setUint32(list + index * 8, pointer, true);
      view.setUint32(list + index * 8 + POINTER_BYTES, length, true);
    }
    this.#call(RUBY_INIT, list, texts.length);
  }

  /** Copies text into the guest, with the NUL that C wants. */
  store(text: string): GuestText {
    const bytes = Buffer.from(`${text}\0`);
    const pointer = this.#allocate(1, bytes.length);
    new Uint8Array(this.#memory.buffer, pointer, bytes.length).set(bytes);
    return { pointer, length: bytes.length };
  }

  /** Evaluates code that lets no exception out. @throws Error when it does */
  evaluate({ pointer, length }: GuestText): void {
    this.#check(this.#call(EVALUATE, pointer, length));
  }

  /** As `evaluate`, in a way that lets the code wait for the host. */
  evaluating({ pointer, length }: GuestText): () => Promise<void> {
    const evaluate = WebAssembly.promising(this.#export(EVALUATE));
    return async () => this.#check(await evaluate(pointer, length));
  }

  /** The result is a pair: a handle, and a state that is 0 when all went well. */
  #check(result: unknown): void {
    const state = new DataView(this.#memory.buffer).getInt32(Number(result) + POINTER_BYTES, true);
    if (state !== 0) throw new Error(`Ruby ended in state ${state}`);
  }

  #allocate(alignment: number, size: number): number {
    return Number(this.#call('cabi_realloc', 0, 0, alignment, size)) >>> 0;
  }

  #call(prefix: string, ...parameters: number[]): unknown {
    return this.#export(prefix)(...parameters);
  }

  #export(prefix: string): (...parameters: number[]) => unknown {
    for (const [name, value] of Object.entries(this.#exports)) {
      if (name.startsWith(prefix) && typeof value === 'function') return value as (...p: number[]) => unknown;
    }
    throw new Error(`Ruby does not export "${prefix}"`);
  }
}
