import { type BigIntStats, constants, fstatSync } from 'node:fs';
import { AT_FDCWD, close, O_PATH, openat2, Resolve } from '#runtime/wasi/kernel.ts';

const { O_RDONLY, O_DIRECTORY, O_NONBLOCK, O_NOCTTY } = constants;

/** Not through a mount either: what is mounted below the project is data. */
const BELOW = Resolve.beneath | Resolve.noMagiclinks | Resolve.noXdev;

/** The files of a project, for as long as a worker is loaded. The kernel keeps every path below its directory. */
export class ProjectFiles implements Disposable {
  readonly #root: string;
  #rootFd: number | undefined;

  /** `root` is absolute and without links. Nothing is opened before it is needed: most workers are one file. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Runs `use` on what lies at `name`, whatever it is. Never waits, not even for the other end of a fifo.
   *
   * @throws KernelError
   */
  open<T>(name: string, use: (fd: number, stat: BigIntStats) => T): T {
    this.#rootFd ??= openat2(
      AT_FDCWD,
      terminated(this.#root),
      O_PATH | O_DIRECTORY,
      Resolve.noSymlinks | Resolve.noMagiclinks,
    );
    const fd = openat2(this.#rootFd, terminated(name), O_RDONLY | O_NONBLOCK | O_NOCTTY, BELOW);
    try {
      return use(fd, fstatSync(fd, { bigint: true }));
    } finally {
      close(fd);
    }
  }

  [Symbol.dispose](): void {
    if (this.#rootFd !== undefined) close(this.#rootFd);
    this.#rootFd = undefined;
  }
}

function terminated(path: string): Uint8Array {
  return Buffer.from(`${path}\0`);
}
