import { constants, fstatSync, readSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { errorCode } from './errno.ts';
import { Poll, statusFlags } from './kernel.ts';
import { Filetype, type GuestStream } from './stream.ts';
import type { Waiter } from './wait.ts';

/** What a pipe that polls as writable takes at once: one free slot, a page (pipe(7), PIPE_BUF). */
const CERTAIN = 4096;

/**
 * stdin from a descriptor of this process. Polls before it reads: the descriptor may be blocking, and a fifo
 * that nobody has opened for writing yet reads as its end although it is none.
 */
export class FdInput implements GuestStream {
  readonly filetype: number;
  readonly pollable: number;
  readonly #waiter: Waiter;

  constructor(fd: number, waiter: Waiter) {
    this.pollable = fd;
    this.filetype = streamFiletype(fd);
    this.#waiter = waiter;
  }

  read(into: Uint8Array<ArrayBuffer>): number {
    for (;;) {
      this.#waiter.ready(this.pollable, Poll.in);
      const count = unlessWaiting(() => readSync(this.pollable, into));
      if (count !== undefined) return count;
    }
  }
}

/** stdout or stderr to a descriptor of this process. Waits while a reader is slow, and loses nothing. */
export class FdOutput implements GuestStream {
  readonly filetype: number;
  readonly pollable: number;
  readonly #waiter: Waiter;
  /** Only regular files and non-blocking descriptors can be given any amount without getting stuck. */
  readonly #cautious: boolean;

  constructor(fd: number, waiter: Waiter) {
    this.pollable = fd;
    this.filetype = streamFiletype(fd);
    this.#waiter = waiter;
    this.#cautious = !fstatSync(fd).isFile() && (statusFlags(fd) & constants.O_NONBLOCK) === 0;
  }

  write(from: Uint8Array<ArrayBuffer>): number {
    let written = 0;
    try {
      while (written < from.length) written += this.#some(from.subarray(written));
    } catch (error) {
      // What went out before the failure has gone out.
      if (written === 0 || errorCode(error) === undefined) throw error;
    }
    return written;
  }

  #some(from: Uint8Array<ArrayBuffer>): number {
    if (this.#cautious) {
      this.#waiter.ready(this.pollable, Poll.out);
      return unlessWaiting(() => writeSync(this.pollable, from, 0, Math.min(from.length, CERTAIN))) ?? 0;
    }
    const count = unlessWaiting(() => writeSync(this.pollable, from));
    if (count === undefined) this.#waiter.ready(this.pollable, Poll.out);
    return count ?? 0;
  }
}

/** A transfer's count, or undefined when the descriptor is not ready after all. */
function unlessWaiting(transfer: () => number): number | undefined {
  try {
    return transfer();
  } catch (error) {
    if (errorCode(error) === 'EAGAIN') return undefined;
    throw error;
  }
}

/** Only a terminal is a character device to a guest: libc takes that for leave to buffer by line. */
function streamFiletype(fd: number): number {
  if (isatty(fd)) return Filetype.characterDevice;
  return fstatSync(fd).isSocket() ? Filetype.socketStream : Filetype.unknown;
}
