/**
 * What the engine asks of its host: six functions of quickjs-wasi and six of WASI preview 1, of which only
 * the clock and the C library's own messages matter.
 */
import { Engine } from './engine.ts';
import type { Address, Box } from './engine-exports.ts';

/** The guest's counterpart; every error thrown here but from `rejection` is thrown in the guest. */
export interface EngineHost {
  /** Answers a call of the host function `name`; undefined is the guest's `undefined`. */
  call(engine: Engine, name: string, args: readonly Box[]): Box | undefined;
  /** The name of the module that `specifier` stands for in the module `importer`. */
  resolveModule(importer: string, specifier: string): string;
  readModule(name: string): string;
  /** A promise was rejected with nobody listening, or (`handled`) somebody listens at last. Owns both boxes. */
  rejection(engine: Engine, promise: Box, reason: Box, handled: boolean): void;
  writeStderr(bytes: Uint8Array): void;
  /** Nanoseconds since 1970, or since any moment for a clock that only runs forward. */
  time(clock: 'wall' | 'monotonic'): bigint;
  /** Fills `bytes`, which the guest has at `address`, with randomness. */
  randomise(bytes: Uint8Array, address: Address): void;
}

const ERRNO_SUCCESS = 0;
const ERRNO_BADF = 8;
const ERRNO_NOSYS = 52;
const CLOCK_REALTIME = 0;
const STDOUT = 1;
const STDERR = 2;

type Functions = Readonly<Record<string, (...args: never[]) => number | undefined>>;

/** An instance of the engine that asks `host`. */
export function engineFor(module: WebAssembly.Module, host: EngineHost): Engine {
  return new Engine(module, (engine) => ({
    env: hostFunctions(engine, host),
    wasi_snapshot_preview1: wasiFunctions(engine, host),
  }));
}

function hostFunctions(engine: Engine, host: EngineHost): Functions {
  const throwInGuest = (error: unknown): 0 => {
    const message = error instanceof Error ? error.message : String(error);
    engine.exports.qjs_throw(engine.newError(message));
    return 0;
  };
  return {
    host_call(name: Address, length: number, _self: Box, count: number, args: Address): Box {
      try {
        const view = engine.memory;
        const boxes: Box[] = [];
        for (let index = 0; index < count; index++) boxes.push(view.readUInt32LE(args + index * 4));
        const result = host.call(engine, view.toString('latin1', name, name + length), boxes);
        return result ?? engine.exports.qjs_get_undefined();
      } catch (error) {
        return throwInGuest(error);
      }
    },
    host_interrupt: () => 0,
    host_promise_rejection(promise: Box, reason: Box, handled: number): undefined {
      host.rejection(engine, promise, reason, handled !== 0);
    },
    host_module_normalize(importer: Address, specifier: Address): Address {
      try {
        const name = host.resolveModule(cString(engine, importer), cString(engine, specifier));
        return engine.writeText(name).address;
      } catch (error) {
        return throwInGuest(error);
      }
    },
    host_module_load(name: Address, lengthOut: Address): Address {
      try {
        const source = engine.writeText(host.readModule(cString(engine, name)));
        engine.memory.writeUInt32LE(source.length, lengthOut);
        return source.address;
      } catch (error) {
        return throwInGuest(error);
      }
    },
    /** Local time is UTC, as in every guest without a time zone database. */
    host_get_timezone_offset: () => 0,
  };
}

function wasiFunctions(engine: Engine, host: EngineHost): Functions {
  return {
    clock_time_get(clock: number, _precision: bigint, out: Address): number {
      engine.memory.writeBigUInt64LE(host.time(clock === CLOCK_REALTIME ? 'wall' : 'monotonic'), out);
      return ERRNO_SUCCESS;
    },
    random_get(address: Address, length: number): number {
      host.randomise(engine.memory.subarray(address, address + length), address);
      return ERRNO_SUCCESS;
    },
    /** Only the C library prints here, in its last words before an abort. */
    fd_write(fd: number, vectors: Address, count: number, writtenOut: Address): number {
      if (fd !== STDOUT && fd !== STDERR) return ERRNO_BADF;
      const view = engine.memory;
      let written = 0;
      for (let index = 0; index < count; index++) {
        const start = view.readUInt32LE(vectors + index * 8);
        const length = view.readUInt32LE(vectors + index * 8 + 4);
        host.writeStderr(Uint8Array.from(view.subarray(start, start + length)));
        written += length;
      }
      view.writeUInt32LE(written, writtenOut);
      return ERRNO_SUCCESS;
    },
    fd_close: () => ERRNO_BADF,
    fd_fdstat_get: () => ERRNO_BADF,
    fd_seek: () => ERRNO_NOSYS,
  };
}

function cString(engine: Engine, address: Address): string {
  const view = engine.memory;
  return view.toString('utf8', address, view.indexOf(0, address));
}
