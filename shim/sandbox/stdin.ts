import { closeSync, constants, openSync } from 'node:fs';
import { openClientFile } from './client-file.ts';
import { failedWith, syscall } from './syscall.ts';

/**
 * A container's standard input. Beside the reading end, which its process inherits, one writing end is held
 * open: else the input would end whenever the client lets go of it, also by detaching or restarting.
 */
export class Stdin implements Disposable {
  /** The reading end; ours until settle() or end(). */
  readonly fd: number;
  #reader: number | undefined;
  #writer: number | undefined;

  private constructor(reader: number, writer: number | undefined) {
    this.fd = reader;
    this.#reader = reader;
    this.#writer = writer;
  }

  /**
   * @param path a fifo, or empty for no input at all
   * @throws ShimError not-found, unimplemented or unknown, with the path
   */
  static async open(path: string): Promise<Stdin> {
    const reader = await openClientFile('stdin', path, constants.O_RDONLY | constants.O_NONBLOCK);
    return new Stdin(reader, path === '' ? undefined : openWriter(reader));
  }

  /**
   * To be called before the container begins to read: who has let go of the input by then has said it all.
   * An end is told by CloseIO, which ctr and nerdctl forget when their own input ends before the task is made
   * (`ctr run … </dev/null`): the container would wait for ever. From here on only end() ends it.
   */
  settle(): void {
    if (this.#reader === undefined) return;
    if (this.#writer !== undefined) {
      closeSync(this.#writer);
      this.#writer = hasHungUp(this.#reader) ? undefined : openWriter(this.#reader);
    }
    closeSync(this.#reader);
    this.#reader = undefined;
  }

  /** Lets end-of-file through once the client has closed its end as well. */
  end(): void {
    for (const fd of [this.#reader, this.#writer]) if (fd !== undefined) closeSync(fd);
    this.#reader = undefined;
    this.#writer = undefined;
  }

  [Symbol.dispose](): void {
    this.end();
  }
}

/** By the reading end: it makes the open succeed at once, and the fifo's name may be gone by now. */
function openWriter(reader: number): number {
  return openSync(`/proc/self/fd/${reader}`, constants.O_WRONLY | constants.O_NONBLOCK);
}

const POLLHUP = 0x10;

/** Whether all writing ends of a fifo, of which there has been one since `reader` was opened, are closed. */
function hasHungUp(reader: number): boolean {
  // struct pollfd: fd (4), events (2), revents (2).
  const poll = Buffer.alloc(8);
  poll.writeInt32LE(reader, 0);
  const noTime = Buffer.alloc(16);
  for (;;) {
    try {
      syscall('ppoll', poll, 1, noTime, null, 0);
      return (poll.readInt16LE(6) & POLLHUP) !== 0;
    } catch (error) {
      // A child may end in this very moment.
      if (!failedWith(error, 'EINTR')) throw error;
    }
  }
}
