import { Errno, type ErrnoName } from '../errno.ts';
import { type Stdio, WASI_MODULE, WasiHost, type WasiOptions } from '../host.ts';
import { MemoryInput, MemoryOutput } from '../memory-stdio.ts';
import type { Preview1 } from '../preview1.ts';
import { Right } from '../rights.ts';
import { driverModule, PAGES } from './driver-module.ts';

const driver = await WebAssembly.compile(driverModule());
const FIRST_ROOM = 1024;
const names: ReadonlyMap<number, ErrnoName> = new Map(
  Object.entries(Errno).map(([name, number]) => [number, name as ErrnoName]),
);

/** Calls a host from inside an instance of the driver, with any parameters a guest could come up with. */
export class DrivenGuest implements Disposable {
  readonly memory: WebAssembly.Memory;
  readonly host: WasiHost;
  readonly stdout: MemoryOutput = new MemoryOutput({ name: 'stdout', limit: 1024, beyond: 'stop' });
  readonly stderr: MemoryOutput = new MemoryOutput({ name: 'stderr', limit: 1024, beyond: 'drop' });
  readonly #exports: WebAssembly.Instance['exports'];
  #next = FIRST_ROOM;

  constructor(options: Partial<WasiOptions & Stdio> & { readonly input?: string } = {}) {
    this.host = new WasiHost({
      args: [],
      env: [],
      preopens: [],
      descriptors: 64,
      ...options,
    });
    this.host.open({
      stdin: options.stdin ?? new MemoryInput(Buffer.from(options.input ?? '')),
      stdout: options.stdout ?? this.stdout,
      stderr: options.stderr ?? this.stderr,
    });
    this.#exports = new WebAssembly.Instance(driver, { [WASI_MODULE]: this.host.imports }).exports;
    this.memory = this.#exports['memory'] as WebAssembly.Memory;
    this.host.memory.attach(this.memory);
  }

  /** Calls a function and says how it answered. */
  call(name: keyof Preview1, ...parameters: readonly (number | bigint)[]): ErrnoName {
    const call = this.#exports[name] as (...all: readonly (number | bigint)[]) => number;
    const answer = call(...parameters);
    const errno = names.get(answer);
    if (errno === undefined) throw new Error(`${name} answers ${answer}, which is no error number`);
    return errno;
  }

  /** Calls a path function, each string turned into a pointer and a length. */
  path(name: keyof Preview1, ...parameters: readonly (number | bigint | string)[]): ErrnoName {
    const flat = parameters.flatMap((parameter) =>
      typeof parameter === 'string' ? this.text(parameter) : [parameter],
    );
    return this.call(name, ...flat);
  }

  /** Room for so many bytes. */
  room(size: number): number {
    const pointer = this.#next;
    this.#next = (pointer + size + 7) & ~7;
    if (this.#next > PAGES * 65536) throw new Error('the driven guest has no room left');
    return pointer;
  }

  /** Gives back all room, for those who call in a loop. */
  clear(): void {
    this.#next = FIRST_ROOM;
  }

  /** Stores a text; its pointer and length. */
  text(value: string): [number, number] {
    const bytes = Buffer.from(value);
    const pointer = this.room(bytes.length);
    this.bytes(pointer, bytes.length).set(bytes);
    return [pointer, bytes.length];
  }

  bytes(pointer: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, pointer, length);
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  u32(pointer: number): number {
    return this.view.getUint32(pointer, true);
  }

  u64(pointer: number): bigint {
    return this.view.getBigUint64(pointer, true);
  }

  /** Stores buffers as an `iovec` array; its pointer and length. */
  vectors(...buffers: readonly (readonly [number, number])[]): [number, number] {
    const list = this.room(8 * buffers.length);
    buffers.forEach(([pointer, length], i) => {
      this.view.setUint32(list + 8 * i, pointer, true);
      this.view.setUint32(list + 8 * i + 4, length, true);
    });
    return [list, buffers.length];
  }

  /** `path_open` below descriptor 3, by default for reading: the error, or the descriptor. */
  open(path: string, options: OpenOptions = {}): ErrnoName | number {
    const result = this.room(4);
    const all = Right.fdRead | Right.fdSeek | Right.fdTell | Right.fdFilestatGet | Right.fdAdvise;
    const errno = this.path(
      'path_open',
      options.at ?? 3,
      options.follow === false ? 0 : 1,
      path,
      options.flags ?? 0,
      options.rights ?? all | (options.write === true ? WRITING : 0n) | DIRECTORY,
      options.inheriting ?? all | WRITING | DIRECTORY,
      options.fdFlags ?? 0,
      result,
    );
    return errno === 'success' ? this.u32(result) : errno;
  }

  /** As `open`, for paths that must open. */
  opened(path: string, options: OpenOptions = {}): number {
    const fd = this.open(path, options);
    if (typeof fd === 'string') throw new Error(`${path} answers ${fd}`);
    return fd;
  }

  /** Writes a text to a descriptor. */
  write(fd: number, ...texts: readonly string[]): ErrnoName {
    return this.call('fd_write', fd, ...this.vectors(...texts.map((text) => this.text(text))), this.room(4));
  }

  /** Reads up to so many bytes as text. */
  read(fd: number, size = 100): ErrnoName | { readonly text: string } {
    const buffer = this.room(size);
    const count = this.room(4);
    const errno = this.call('fd_read', fd, ...this.vectors([buffer, size]), count);
    if (errno !== 'success') return errno;
    return { text: Buffer.from(this.bytes(buffer, this.u32(count))).toString() };
  }

  [Symbol.dispose](): void {
    this.host[Symbol.dispose]();
  }
}

export interface OpenOptions {
  /** The directory's descriptor. */
  readonly at?: number;
  readonly follow?: boolean;
  /** `oflags`. */
  readonly flags?: number;
  readonly write?: boolean;
  readonly rights?: bigint;
  readonly inheriting?: bigint;
  /** `fdflags`. */
  readonly fdFlags?: number;
}

/** `oflags`. */
export const CREATE = 1;
export const DIRECTORY_ONLY = 2;
export const EXCLUSIVE = 4;
export const TRUNCATE = 8;

const WRITING =
  Right.fdWrite |
  Right.fdAllocate |
  Right.fdFilestatSetSize |
  Right.fdFilestatSetTimes |
  Right.fdSync |
  Right.fdDatasync |
  Right.fdFdstatSetFlags;

const DIRECTORY =
  Right.fdReaddir |
  Right.pathOpen |
  Right.pathCreateFile |
  Right.pathCreateDirectory |
  Right.pathFilestatGet |
  Right.pathReadlink |
  Right.pathSymlink |
  Right.pathUnlinkFile |
  Right.pollFdReadwrite;
