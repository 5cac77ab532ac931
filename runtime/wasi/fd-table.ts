import { type ErrnoName, WasiError } from './errno.ts';
import { close } from './kernel.ts';
import { Right, streamRights } from './rights.ts';
import type { GuestStream } from './stream.ts';

interface Descriptor {
  rightsBase: bigint;
  rightsInheriting: bigint;
  /** `wasi_snapshot_preview1.fdflags` as the guest set them. */
  flags: number;
}

export interface StreamDescriptor extends Descriptor {
  readonly kind: 'stream';
  readonly stream: GuestStream;
}

/** What is known of a descriptor of the host behind a guest's: it is owned, and closed with the guest's. */
interface HostDescriptor extends Descriptor {
  readonly hostFd: number;
  /** Below a read-only preopen every change is refused. */
  readonly writable: boolean;
}

export interface FileDescriptor extends HostDescriptor {
  readonly kind: 'file';
  readonly filetype: number;
}

export interface DirectoryDescriptor extends HostDescriptor {
  readonly kind: 'directory';
  /** `st_dev` of the preopened directory: another one below it is a mount to be looked at. */
  readonly device: number;
  /** It was not mounted `nodev`. */
  readonly mayHoldDevices: boolean;
  /** The path the guest knows a preopened directory by; undefined for one it opened itself. */
  readonly preopenPath: Uint8Array | undefined;
}

export type AnyDescriptor = StreamDescriptor | FileDescriptor | DirectoryDescriptor;

/** A guest's descriptors. Numbers are the guest's own; the lowest free one is handed out. */
export class FdTable implements Disposable {
  readonly #entries: (AnyDescriptor | undefined)[] = [];
  readonly #limit: number;
  readonly #onFull: () => void;
  #open = 0;

  /** `onFull` is told each time that one more is refused. */
  constructor(limit: number, onFull: () => void = () => {}) {
    this.#limit = limit;
    this.#onFull = onFull;
  }

  get(fd: number): AnyDescriptor {
    const entry = this.#entries[fd >>> 0];
    if (entry === undefined) throw new WasiError('badf');
    return entry;
  }

  /** A descriptor that may be used so; a missing right is `notcapable`, or what the call knows it as. */
  need(fd: number, right: bigint, missing: ErrnoName = 'notcapable'): AnyDescriptor {
    const entry = this.get(fd);
    if ((entry.rightsBase & right) !== right) throw new WasiError(missing);
    return entry;
  }

  /** A regular file or fifo; a stream is `spipe`, a directory `isdir`. */
  file(fd: number, right: bigint, missing?: ErrnoName): FileDescriptor {
    const entry = this.get(fd);
    if (entry.kind === 'stream') throw new WasiError('spipe');
    if (entry.kind === 'directory') throw new WasiError('isdir');
    this.need(fd, right, missing);
    return entry;
  }

  directory(fd: number, right: bigint): DirectoryDescriptor {
    const entry = this.get(fd);
    if (entry.kind !== 'directory') throw new WasiError('notdir');
    this.need(fd, right);
    return entry;
  }

  /** Throws `mfile` when no further descriptor may be opened; asked before a host descriptor exists. */
  reserve(): void {
    if (this.#open < this.#limit) return;
    this.#onFull();
    throw new WasiError('mfile');
  }

  add(entry: AnyDescriptor): number {
    const free = this.#entries.indexOf(undefined);
    const fd = free === -1 ? this.#entries.length : free;
    this.#entries[fd] = entry;
    this.#open += 1;
    return fd;
  }

  addStream(stream: GuestStream): number {
    const reading = stream.read === undefined ? 0n : Right.fdRead;
    const writing = stream.write === undefined ? 0n : Right.fdWrite;
    return this.add({
      kind: 'stream',
      stream,
      rightsBase: streamRights | reading | writing,
      rightsInheriting: 0n,
      flags: 0,
    });
  }

  close(fd: number): void {
    const entry = this.get(fd);
    this.#entries[fd >>> 0] = undefined;
    this.#open -= 1;
    release(entry);
  }

  /** `fd_renumber`: `to` must be open and is closed. What a descriptor is goes with it: numbers give nothing. */
  renumber(from: number, to: number): void {
    const moved = this.get(from);
    const replaced = this.get(to);
    if (from >>> 0 === to >>> 0) return;
    this.#entries[to >>> 0] = moved;
    this.#entries[from >>> 0] = undefined;
    this.#open -= 1;
    release(replaced);
  }

  [Symbol.dispose](): void {
    for (const entry of this.#entries) if (entry !== undefined) release(entry);
    this.#entries.length = 0;
    this.#open = 0;
  }
}

/** Streams belong to whoever made the guest. */
function release(entry: AnyDescriptor): void {
  if (entry.kind !== 'stream') close(entry.hostFd);
}
