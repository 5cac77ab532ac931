import { formatBytes } from '#runtime/wasi/limits.ts';
import {
  type Address,
  type Box,
  type EngineExports,
  EVAL_MODULE,
  EVAL_SCRIPT,
  PROMISE_PENDING,
  PROMISE_REJECTED,
  WRITE_STRIPPED,
} from './engine-exports.ts';

/**
 * Where the C stack starts, growing down to 0. The linker gave it 1 MiB, most of which no worker needs and
 * every restore would have to clear.
 */
export const STACK_TOP: number = 384 * 1024;

/** Kept free below the guest's own limit, so that reporting an overflow has a stack to run on. */
const STACK_RESERVE = 64 * 1024;

/** Room for the host's copies of what goes in and out, beside what the guest may allocate. */
const HOST_RESERVE = 4 * 1024 * 1024;

/** The longest text of a guest that the host takes for a string: far more than the K/V store holds by default. */
const TEXT_BYTES = 32 * 1024 * 1024;

/** What an engine's module is given to import; made for the engine whose memory the functions read. */
export type ImportsFor = (engine: Engine) => WebAssembly.Imports;

/** A JavaScript value was thrown and nobody in the guest caught it. */
export class GuestException extends Error {
  override readonly name = 'GuestException';
  readonly value: Box;

  constructor(value: Box) {
    super('The guest threw an exception');
    this.value = value;
  }
}

/**
 * One instance of QuickJS. Values are boxes in the guest's memory; what is loaded before the image is taken needs
 * to be freed, and what a request may make as often as it likes. A restore forgets everything else.
 */
export class Engine {
  readonly exports: EngineExports;
  #view: Buffer;

  /** Instantiates without running anything: follow with `boot()` or put an image in. */
  constructor(module: WebAssembly.Module, importsFor: ImportsFor) {
    const { exports } = new WebAssembly.Instance(module, importsFor(this));
    this.exports = exports as unknown as EngineExports;
    this.#view = Buffer.from(this.exports.memory.buffer);
  }

  /** Makes the JavaScript runtime. */
  boot(): void {
    const { exports } = this;
    exports.__stack_pointer.value = STACK_TOP;
    exports._initialize();
    if (exports.qjs_init() !== 0) throw new Error('Cannot start the JavaScript engine');
    exports.qjs_set_max_stack_size(STACK_TOP - STACK_RESERVE);
    exports.qjs_set_module_loader(1);
    exports.qjs_set_promise_rejection_handler(1);
  }

  /** Lets the runtime's allocations fail beyond `memoryBytes`, less a reserve for the host. */
  limitMemory(memoryBytes: number): void {
    this.exports.qjs_set_memory_limit(Math.max(memoryBytes - HOST_RESERVE, HOST_RESERVE));
  }

  /** The guest's memory as it is now; stale after anything that may grow it. */
  get memory(): Buffer {
    const { buffer } = this.exports.memory;
    if (this.#view.buffer !== buffer) this.#view = Buffer.from(buffer);
    return this.#view;
  }

  /** Copies `text` to the guest as UTF-8 with a NUL behind it. */
  writeText(text: string): { readonly address: Address; readonly length: number } {
    const capacity = text.length < 512 ? text.length * 3 : Buffer.byteLength(text);
    const address = this.#allocate(capacity + 1);
    const length = this.memory.write(text, address, capacity);
    this.memory[address + length] = 0;
    return { address, length };
  }

  /** Has memory ready for later allocations, if there is any. */
  makeRoom(bytes: number): void {
    const address = this.exports.wasm_malloc(bytes);
    if (address !== 0) this.exports.wasm_free(address);
  }

  newText(text: string): Box {
    const { address, length } = this.writeText(text);
    const box = this.exports.qjs_new_string(address, length);
    this.exports.wasm_free(address);
    return this.#checked(box);
  }

  newBytes(bytes: Uint8Array): Box {
    const address = this.#allocate(Math.max(bytes.length, 1));
    this.memory.set(bytes, address);
    const box = this.exports.qjs_new_uint8_array(address, bytes.length);
    this.exports.wasm_free(address);
    return this.#checked(box);
  }

  newHostFunction(name: string): Box {
    const { address, length } = this.writeText(name);
    const box = this.exports.qjs_new_host_function(address, length, 0);
    this.exports.wasm_free(address);
    return this.#checked(box);
  }

  newError(message: string): Box {
    const error = this.exports.qjs_new_error();
    this.setProperty(error, 'message', this.newText(message));
    return error;
  }

  setProperty(object: Box, name: string, value: Box): void {
    const { address } = this.writeText(name);
    this.exports.qjs_set_prop_string(object, address, value);
    this.exports.wasm_free(address);
  }

  property(object: Box, name: string): Box {
    const { address } = this.writeText(name);
    const box = this.exports.qjs_get_prop_string(object, address);
    this.exports.wasm_free(address);
    return this.#checked(box);
  }

  isUndefined(value: Box): boolean {
    return this.exports.qjs_is_undefined(value) !== 0;
  }

  isText(value: Box): boolean {
    return this.exports.qjs_is_string(value) !== 0;
  }

  number(value: Box): number {
    return this.exports.qjs_get_float64(value);
  }

  /**
   * A string's text; another value is converted by the guest's own rules. It lies on this thread's heap: no more
   * than `most` bytes are taken.
   */
  text(value: Box, most: number = TEXT_BYTES): string {
    return this.withUtf8(value, (start, end) => {
      if (end - start > most) throw new RangeError(`A text for the host is larger than ${formatBytes(most)}`);
      return this.memory.toString('utf8', start, end);
    });
  }

  /** Lets `use` see where the guest has the UTF-8 of a string, which it may free afterwards. */
  withUtf8<T>(value: Box, use: (start: Address, end: Address) => T): T {
    const { exports } = this;
    return this.#withOut(4, (out) => {
      const start = exports.qjs_get_string_len(value, out);
      if (start === 0) throw new GuestException(exports.qjs_get_exception());
      try {
        return use(start, start + this.memory.readUInt32LE(out));
      } finally {
        exports.qjs_free_cstring(start);
      }
    });
  }

  /** A copy of a Uint8Array's bytes. */
  bytes(value: Box): Uint8Array {
    const { exports } = this;
    return this.#withOut(16, (out) => {
      const buffer = this.#checked(exports.qjs_get_typed_array_buffer(value, out, out + 4, out + 8));
      const offset = this.memory.readUInt32LE(out);
      const length = this.memory.readUInt32LE(out + 4);
      const start = exports.qjs_get_array_buffer(buffer, out + 12) + offset;
      const copy = new Uint8Array(this.memory.subarray(start, start + length));
      exports.qjs_free_value(buffer);
      return copy;
    });
  }

  /** @throws GuestException */
  call(callee: Box, args: readonly Box[]): Box {
    const { exports } = this;
    return this.#withOut(args.length * 4, (out) => {
      const view = this.memory;
      for (const [index, arg] of args.entries()) view.writeUInt32LE(arg, out + index * 4);
      return this.#checked(exports.qjs_call(callee, exports.qjs_get_undefined(), args.length, out));
    });
  }

  /**
   * Evaluates `source`; `file` is what stack traces call it. A module gives a promise of its namespace.
   *
   * @throws GuestException
   */
  evaluate(source: string, file: string, flags: number): Box {
    const { exports } = this;
    const code = this.writeText(source);
    const name = this.writeText(file);
    const box = exports.qjs_eval(code.address, code.length, name.address, flags);
    exports.wasm_free(code.address);
    exports.wasm_free(name.address);
    return this.#checked(box);
  }

  /** Whether `source` parses as a script (or, by `flags`, a module); nothing of it runs. */
  parses(source: string, file: string, flags: number = EVAL_SCRIPT): boolean {
    const { exports } = this;
    const code = this.writeText(source);
    const name = this.writeText(file);
    const bytecode = this.#withOut(4, (out) =>
      exports.qjs_compile(code.address, code.length, name.address, flags, 0, out),
    );
    exports.wasm_free(code.address);
    exports.wasm_free(name.address);
    if (bytecode === 0) exports.qjs_free_value(exports.qjs_get_exception());
    else exports.wasm_free(bytecode);
    return bytecode !== 0;
  }

  /** Bytecode of the module `source`, without its text: no stack trace needs it, and it would be half of the size. */
  compile(source: string, file: string): Uint8Array {
    const { exports } = this;
    const code = this.writeText(source);
    const name = this.writeText(file);
    return this.#withOut(4, (out) => {
      const start = exports.qjs_compile(
        code.address,
        code.length,
        name.address,
        EVAL_MODULE,
        WRITE_STRIPPED,
        out,
      );
      if (start === 0) throw new GuestException(exports.qjs_get_exception());
      const length = this.memory.readUInt32LE(out);
      return new Uint8Array(this.memory.subarray(start, start + length));
    });
  }

  /** As `evaluate`, of a module's bytecode. @throws GuestException */
  evaluateBytecode(bytecode: Uint8Array): Box {
    const address = this.#allocate(bytecode.length);
    this.memory.set(bytecode, address);
    const box = this.exports.qjs_eval_bytecode(address, bytecode.length);
    this.exports.wasm_free(address);
    return this.#checked(box);
  }

  /** Runs promise reactions until none is left. @throws GuestException */
  runJobs(): void {
    const { exports } = this;
    while (exports.qjs_is_job_pending() !== 0) {
      if (exports.qjs_execute_pending_job() < 0) throw new GuestException(exports.qjs_get_exception());
    }
  }

  /** What `promise` came to, or undefined while it is pending. @throws GuestException when it was rejected */
  settled(promise: Box): Box | undefined {
    const { exports } = this;
    const state = exports.qjs_promise_state(promise);
    if (state === PROMISE_PENDING) return undefined;
    const result = exports.qjs_promise_result(promise);
    if (state === PROMISE_REJECTED) throw new GuestException(result);
    return result;
  }

  #checked(box: Box): Box {
    if (box === 0) throw new Error('The guest is out of memory');
    if (this.exports.qjs_is_exception(box) === 0) return box;
    throw new GuestException(this.exports.qjs_get_exception());
  }

  #allocate(size: number): Address {
    const address = this.exports.wasm_malloc(size);
    if (address === 0) throw new Error('The guest is out of memory');
    return address;
  }

  /** Lends `use` some bytes of the C stack, as a C caller would for its out-parameters. */
  #withOut<T>(size: number, use: (out: Address) => T): T {
    const pointer = this.exports.__stack_pointer;
    const before = pointer.value;
    const out = (before - size) & ~15;
    pointer.value = out;
    try {
      return use(out);
    } finally {
      pointer.value = before;
    }
  }
}
