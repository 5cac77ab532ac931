import type { HttpPolicy } from '#runtime/outbound/http-policy.ts';
import { GuestEnd } from '#runtime/wasi/end.ts';
import { Errno } from '#runtime/wasi/errno.ts';
import { type Stdio, WASI_MODULE, WasiHost, type WasiImport, type WasiOptions } from '#runtime/wasi/host.ts';
import { MemoryInput } from '#runtime/wasi/memory-stdio.ts';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import { attachMemory } from '#runtime/wasi/run-module.ts';
import { Filetype, type GuestStream } from '#runtime/wasi/stream.ts';
import { CallStopped, type HostCalls } from '#runtime/worker/host-calls.ts';
import { HostChannel } from './host-channel.ts';

export interface InterpreterWorldOptions {
  readonly wasi: Omit<WasiOptions, 'channel' | 'preopens'>;
  /** Of its instances, the global that counts what memory was refused (`exposeState`). */
  readonly refusals: string | undefined;
  /** Folders of the interpreter itself, which are the same at any time. */
  readonly library: readonly Preopen[];
  /** Folders of the worker; their descriptors come after those of `library`. */
  readonly folders: readonly Preopen[];
  readonly http: HttpPolicy;
  /** Whether instances are entered in a way that lets them wait for the host. */
  readonly suspends: boolean;
  /** What the interpreter imports beside WASI. */
  readonly imports: WebAssembly.Imports;
  /** What this call asks for, where that is another thing in every request, as the time is. */
  readonly fleeting: (name: string, args: readonly unknown[]) => string | undefined;
  /** Reads a source beside the worker, by its path from there; undefined for what is none. By default there are none. */
  readonly readBeside?: (path: string) => Uint8Array | undefined;
}

/** Thrown through a guest that asks, while its worker is loaded, for what no image can hold: the message says what. */
export class Fleeting extends Error {
  override readonly name = 'Fleeting';
}

/**
 * An image is made without any request. In `booting` the worker's folders are there by name only, and in `loading`
 * touching them, the channel, or anything fleeting ends the attempt.
 */
export type WorldPhase = 'booting' | 'loading' | 'serving';

const FIRST_PREOPEN = 3;

/** Where guests find the channel to the host, and sources. */
const CHANNEL_FOLDER = '/.wws';

/** Any file of that folder would do that is not below the next. */
export const CHANNEL_PATH: string = `${CHANNEL_FOLDER}/host`;

const BESIDE = 'beside/';

/** Where guests find the sources beside their worker. */
export const BESIDE_PATH: string = `${CHANNEL_FOLDER}/${BESIDE}`;

/** In the place of what only requests have. */
const NOT_THERE: GuestStream = { filetype: Filetype.unknown };

/** All that one instance of an interpreter imports. Between `open` and disposing one run has it. */
export class InterpreterWorld implements Disposable {
  readonly host: WasiHost;
  readonly #channel: HostChannel;
  /** Both the folder of the channel, and what is opened there. */
  readonly #channelFd: number;
  readonly #library: readonly Preopen[];
  readonly #firstFolder: number;
  /** Of the worker's folders and of the channel's, in the order of their descriptors. */
  readonly #paths: readonly Uint8Array[];
  readonly #imports: WebAssembly.Imports;
  readonly #fleeting: InterpreterWorldOptions['fleeting'];
  readonly #refusals: string | undefined;
  readonly #readBeside: InterpreterWorldOptions['readBeside'];
  #phase: WorldPhase = 'serving';

  constructor(options: InterpreterWorldOptions) {
    const { wasi, library, folders, http, suspends, imports } = options;
    this.#channel = new HostChannel(http, (error) => this.#giveUp(error));
    this.host = new WasiHost({ ...wasi, preopens: [...library, ...folders], channel: this.#channel });
    this.#library = library;
    this.#firstFolder = FIRST_PREOPEN + library.length;
    this.#channelFd = this.#firstFolder + folders.length;
    this.#paths = [...folders.map(({ guestPath }) => guestPath), CHANNEL_FOLDER].map((path) =>
      Buffer.from(path),
    );
    this.#fleeting = options.fleeting;
    this.#refusals = options.refusals;
    this.#readBeside = options.readBeside;
    this.#imports = { ...imports, [WASI_MODULE]: this.#wasiImports(suspends) };
  }

  /** For a request. @throws FolderError when a folder cannot be opened */
  open(stdio: Stdio, calls: HostCalls): void {
    this.#phase = 'serving';
    this.#channel.begin(calls);
    this.host.open(stdio);
  }

  /** For making an image. @throws FolderError when a folder of the interpreter cannot be opened */
  openFor(phase: Exclude<WorldPhase, 'serving'>, stdio: Stdio): void {
    this.#phase = phase;
    this.#channel.begin(undefined);
    this.host.open(stdio, this.#library);
    for (const _ of this.#paths) this.host.openStream(NOT_THERE);
  }

  /** Makes an instance in this world, in the place of the one before. */
  instantiate(module: WebAssembly.Module): WebAssembly.Instance {
    const instance = new WebAssembly.Instance(module, this.#imports);
    attachMemory(this.host, instance, this.#refusals);
    return instance;
  }

  [Symbol.dispose](): void {
    this.#channel.begin(undefined);
    this.host[Symbol.dispose]();
  }

  /** Nobody waits for the guest any more; it meets this again should it catch it. */
  #giveUp(error: unknown): void {
    if (error instanceof CallStopped) this.host.stop(new GuestEnd(error.message));
  }

  #wasiImports(suspends: boolean): WebAssembly.Imports[string] {
    const { fd_prestat_get, fd_prestat_dir_name, path_open, ...others } = this.host.imports;
    const opening = this.#guarded('path_open', (...args) => this.#pathOpen(args, path_open));
    const imports: Record<string, WasiImport> = {
      fd_prestat_get: (...args) => this.#prestat(args, fd_prestat_get),
      fd_prestat_dir_name: (...args) => this.#prestatName(args, fd_prestat_dir_name),
      path_open: (...args) => this.#openBeside(args) ?? opening(...args),
    };
    for (const [name, call] of Object.entries(others)) imports[name] = this.#guarded(name, call);
    return suspends ? { ...imports, fd_read: this.#suspending(others.fd_read) } : imports;
  }

  /** A guest that reads while the host's answer is on its way is set aside until it is there. */
  #suspending(read: WasiImport): WebAssembly.Suspending {
    return new WebAssembly.Suspending((...args: never[]) => {
      const { waiting } = this.#channel;
      return waiting === undefined ? read(...args) : waiting.then(() => read(...args));
    });
  }

  #guarded(name: string, call: WasiImport): WasiImport {
    // `path_symlink` begins with what the link says.
    const place = name === 'path_symlink' ? 2 : 0;
    const hasDescriptor = name.startsWith('fd_') || name.startsWith('path_');
    return (...args) => {
      if (this.#phase === 'serving') return call(...args);
      // What is opened there may be a source, which is the same at any time.
      const isOpening = name === 'fd_fdstat_get' && args[place] === this.#channelFd;
      if (hasDescriptor && !isOpening && this.#isOfRequests(args[place])) {
        if (this.#phase === 'booting') return Errno.badf;
        throw new Fleeting('a folder, the store or another host');
      }
      const fleeting = this.#phase === 'loading' ? this.#fleeting(name, args) : undefined;
      if (fleeting !== undefined) throw new Fleeting(fleeting);
      return call(...args);
    };
  }

  /** Whether only requests have this descriptor. */
  #isOfRequests(fd: unknown): boolean {
    return typeof fd === 'number' && fd >= this.#firstFolder && fd <= this.#channelFd;
  }

  /** Opens a source beside the worker; undefined for everything else. */
  #openBeside(args: never[]): number | undefined {
    const [fd, , pointer = 0, length = 0, , , , , result = 0]: number[] = args;
    if (fd !== this.#channelFd || this.#readBeside === undefined) return undefined;
    const { host } = this;
    const name = Buffer.from(host.memory.bytes(pointer, length)).toString();
    if (!name.startsWith(BESIDE)) return undefined;
    const text = this.#readBeside(name.slice(BESIDE.length));
    if (text === undefined) return Errno.noent;
    host.memory.setU32(result, host.openStream(new MemoryInput(text)));
    return Errno.success;
  }

  /**
   * Some builds have descriptors of their own (wasi-vfs), which know of the host's only what was preopened and what
   * they open: so the channel is a file in a folder.
   */
  #pathOpen(args: never[], call: WasiImport): number {
    const [fd, , , , , , , , result = 0]: number[] = args;
    if (fd !== this.#channelFd) return call(...args);
    this.host.memory.setU32(result, this.#channelFd);
    return Errno.success;
  }

  #prestat(args: never[], call: WasiImport): number {
    const [fd = 0, result = 0]: number[] = args;
    const path = this.#paths[fd - this.#firstFolder];
    if (path === undefined) return call(...args);
    this.host.memory.setU32(result, 0);
    this.host.memory.setU32(result + 4, path.length);
    return Errno.success;
  }

  #prestatName(args: never[], call: WasiImport): number {
    const [fd = 0, place = 0, length = 0]: number[] = args;
    const path = this.#paths[fd - this.#firstFolder];
    if (path === undefined) return call(...args);
    this.host.memory.bytes(place, length).set(path.subarray(0, length));
    return Errno.success;
  }
}
