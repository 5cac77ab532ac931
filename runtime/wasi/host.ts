import { argsAndEnv } from './args-env.ts';
import { Clocks, clockFunctions } from './clocks.ts';
import { descriptorFunctions } from './descriptors.ts';
import { directoryFunctions } from './directory.ts';
import { GuestEnd } from './end.ts';
import { errnoOf } from './errno.ts';
import { FdTable } from './fd-table.ts';
import { fileFunctions } from './file.ts';
import { GuestMemory } from './memory-view.ts';
import { pathFunctions } from './paths.ts';
import { pollFunctions } from './poll.ts';
import type { Preopen } from './preopen.ts';
import { openPreopen } from './preopens.ts';
import type { Preview1 } from './preview1.ts';
import { processFunctions } from './process.ts';
import { randomFunctions } from './random.ts';
import { readWriteFunctions } from './read-write.ts';
import { socketFunctions } from './sockets.ts';
import { stillFunctions } from './still.ts';
import type { GuestStream } from './stream.ts';
import { Waiter } from './wait.ts';

/** The module name guests import these functions from. */
export const WASI_MODULE = 'wasi_snapshot_preview1';

export interface WasiOptions {
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly preopens: readonly Preopen[];
  /** Descriptors the guest may hold at once. */
  readonly descriptors: number;
  readonly waiter?: Waiter;
  readonly witness?: LimitWitness;
  /** Clocks and randomness are the same in every run (`stillFunctions`). */
  readonly still?: boolean;
  /** One more descriptor, after those of the preopened directories. */
  readonly channel?: GuestStream;
}

/** Whoever wants to know that a guest has met its limits. */
export interface LimitWitness {
  /** A descriptor was refused. */
  full(): void;
  /** Memory was refused. */
  refused(): void;
  /** At the end of each run of a module that is not seen to be refused memory: how many bytes it has. */
  memory(bytes: number): void;
}

/** Descriptors 0 to 2. They belong to whoever made them. */
export interface Stdio {
  readonly stdin: GuestStream;
  readonly stdout: GuestStream;
  readonly stderr: GuestStream;
}

/** A preview1 function as the engine calls it: it answers an error number. */
export type WasiImport = (...args: never[]) => number;

/**
 * The world of one guest instance: its memory, descriptors and the 46 functions over them. A guest runs between
 * `open` and disposing, which closes what it left open; then it may be opened for another run.
 */
export class WasiHost implements Disposable {
  readonly memory: GuestMemory = new GuestMemory();
  /** What goes under `WASI_MODULE`. */
  readonly imports: Readonly<Record<keyof Preview1, WasiImport>>;
  readonly #preopens: readonly Preopen[];
  readonly #clocks = new Clocks();
  readonly #fds: FdTable;
  readonly #witness: LimitWitness | undefined;
  readonly #channel: GuestStream | undefined;
  #end: GuestEnd | undefined;

  constructor(options: WasiOptions) {
    this.#preopens = options.preopens;
    this.#witness = options.witness;
    this.#channel = options.channel;
    this.#fds = new FdTable(options.descriptors, () => options.witness?.full());
    const { memory } = this;
    const clocks = this.#clocks;
    const functions: Preview1 = {
      ...argsAndEnv(memory, options.args, options.env),
      ...clockFunctions(memory, clocks),
      ...randomFunctions(memory),
      ...(options.still === true ? stillFunctions(memory) : {}),
      ...processFunctions(),
      ...descriptorFunctions(memory, this.#fds),
      ...readWriteFunctions(memory, this.#fds),
      ...fileFunctions(memory, this.#fds),
      ...directoryFunctions(memory, this.#fds),
      ...pathFunctions(memory, this.#fds),
      ...pollFunctions(memory, this.#fds, clocks, options.waiter ?? new Waiter()),
      ...socketFunctions(this.#fds),
    };
    this.imports = Object.fromEntries(
      Object.entries(functions).map(([name, call]) => [name, this.#answering(call)]),
    ) as Record<keyof Preview1, WasiImport>;
  }

  /**
   * Makes all but the memory as new, with these streams, the preopened directories and the channel for
   * descriptors; `preopens` are others than usual.
   *
   * @throws FolderError when a preopen cannot be opened
   */
  open({ stdin, stdout, stderr }: Stdio, preopens: readonly Preopen[] = this.#preopens): void {
    this.#fds[Symbol.dispose]();
    this.#end = undefined;
    this.#clocks.restart();
    try {
      for (const stream of [stdin, stdout, stderr]) this.#fds.addStream(stream);
      for (const preopen of preopens) this.#fds.add(openPreopen(preopen));
      if (this.#channel !== undefined) this.#fds.addStream(this.#channel);
    } catch (error) {
      this.#fds[Symbol.dispose]();
      throw error;
    }
  }

  /** Gives a guest that runs one more descriptor. @throws WasiError `mfile` when it may have no more */
  openStream(stream: GuestStream): number {
    this.#fds.reserve();
    return this.#fds.addStream(stream);
  }

  /** Why the guest was made to stop, when it was. A guest may catch what is thrown through it, and go on. */
  get end(): GuestEnd | undefined {
    return this.#end;
  }

  /** Makes the guest stop in an import that is not WASI's: throw what this returns. */
  stop(end: GuestEnd): GuestEnd {
    this.#end ??= end;
    return this.#end;
  }

  #answering(call: (...args: never[]) => void): WasiImport {
    return (...args) => {
      if (this.#end !== undefined) throw this.#end;
      try {
        call(...args);
        return 0;
      } catch (error) {
        if (error instanceof GuestEnd) this.#end = error;
        const errno = errnoOf(error);
        if (errno === undefined) throw error;
        return errno;
      }
    };
  }

  [Symbol.dispose](): void {
    const { refusals, size } = this.memory;
    if (refusals === undefined) this.#witness?.memory(size);
    else if (refusals > 0) this.#witness?.refused();
    this.#fds[Symbol.dispose]();
  }
}
