import path from 'node:path';
import { WasiError } from '#runtime/wasi/errno.ts';
import type { DirectoryDescriptor } from '#runtime/wasi/fd-table.ts';
import { close } from '#runtime/wasi/kernel.ts';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import { openPreopen } from '#runtime/wasi/preopens.ts';

/** The kernel's own bound of a path, its NUL included. */
const PATH_MAX = 4096;

/** Descriptors that every worker has, as far as its limit goes. */
const STDIO = 3;

/** A path of the guest: the folder it lies in, and where in there, ended by NUL. */
export interface Place {
  readonly folder: DirectoryDescriptor;
  readonly path: Uint8Array;
}

/** No folder of the worker has a path. */
export class OutsideError extends Error {
  override readonly name = 'OutsideError';
}

/** The folders of a worker, each opened when it is first used and closed with the request. */
export class OpenFolders implements Disposable {
  /** By guest path, absolute and normal, the longest first. */
  readonly #preopens: readonly (readonly [prefix: string, preopen: Preopen])[];
  readonly #open = new Map<Preopen, DirectoryDescriptor>();
  readonly #limit: number;
  readonly #onFull: () => void;

  /** `limit` is how many descriptors the worker may have (`WorkerLimits.files`); `onFull` is told of a refusal. */
  constructor(preopens: readonly Preopen[], limit: number, onFull: () => void) {
    this.#limit = limit;
    this.#onFull = onFull;
    this.#preopens = preopens
      .map((preopen) => [path.posix.resolve('/', preopen.guestPath), preopen] as const)
      .toSorted(([a], [b]) => b.length - a.length);
  }

  /**
   * Finds the folder of `guestPath`, which is relative to `/`; its dots are taken by their words, before the kernel
   * resolves what is left below the folder.
   *
   * @throws OutsideError
   * @throws FolderError when the folder cannot be opened
   */
  find(guestPath: string): Place {
    if (guestPath === '') throw new WasiError('noent');
    if (guestPath.includes('\0')) throw new WasiError('inval');
    const absolute = path.posix.resolve('/', guestPath);
    for (const [prefix, preopen] of this.#preopens) {
      const below = path.posix.relative(prefix, absolute);
      if (below === '..' || below.startsWith('../')) continue;
      const bytes = Buffer.from(`${below === '' ? '.' : below}\0`);
      if (bytes.length > PATH_MAX) throw new WasiError('nametoolong');
      return { folder: this.#folder(preopen), path: bytes };
    }
    const folders = this.#preopens.map(([prefix]) => prefix).join(', ');
    throw new OutsideError(`it is in none of the worker's folders (${folders})`);
  }

  #folder(preopen: Preopen): DirectoryDescriptor {
    const known = this.#open.get(preopen);
    if (known !== undefined) return known;
    if (STDIO + this.#open.size + 1 >= this.#limit) {
      this.#onFull();
      throw new WasiError('mfile');
    }
    const opened = openPreopen(preopen);
    this.#open.set(preopen, opened);
    return opened;
  }

  [Symbol.dispose](): void {
    for (const { hostFd } of this.#open.values()) close(hostFd);
    this.#open.clear();
  }
}
