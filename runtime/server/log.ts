import { closeSync, constants, fstatSync, openSync, write } from 'node:fs';
import type { LogFormat } from '#runtime/operator.ts';
import { type Limits, limits } from '#runtime/settings.ts';
import { entryText, saidSize, saidText } from './log-text.ts';

/** How long a full pipe is left alone before the next try; nothing tells when a reader comes back. */
const RETRY_MS = 50;

/** Errors after which the same write may succeed later. */
const TRANSIENT: ReadonlySet<string> = new Set(['EAGAIN', 'EINTR', 'ENOSPC']);

/** Bytes handed to the kernel at once. */
const CHUNK_BYTES = 65_536;

export type { LogFormat } from '#runtime/operator.ts';

/** `terminal` and `colour` are text whose access lines are made for a person who looks on. */
export type LogStyle = LogFormat | 'terminal' | 'colour';

/**
 * What comes so soon after a write waits for more, in milliseconds: under load a write for each loop turn would
 * cost as much as sending the answers.
 */
const GATHER_MS = 10;

export interface Log {
  /** A container learns it when its log is there already. */
  format: LogStyle;
  /** One entry: the first line says it all, further ones are details. */
  line(message: string): void;
  /** A line that is in the log's format already, without newline. */
  record(line: string): void;
  /** Entries nobody read, since the start. */
  readonly dropped: number;
  /** What a worker printed. */
  said(worker: string, bytes: Uint8Array): void;
}

/**
 * Writes a log to a file descriptor without ever waiting for its reader: what the pipe does not take is
 * held up to a bound, then dropped and counted, and requests go on. One write is under way at a time.
 */
export class LogWriter implements Log {
  format: LogStyle;
  readonly #fd: number;
  #maxBytes: number;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #text = '';
  /** Since that was last said. */
  #unsaid = 0;
  #dropped = 0;
  #busy = false;
  #scheduled = false;
  /** Set while a write waits for more to come. */
  #gathering: NodeJS.Timeout | undefined;
  /** Before that nothing more is written, by `performance.now()`. */
  #nextWrite = 0;
  #idle: (() => void)[] = [];

  constructor(fd: number, format: LogStyle = 'text', settings: Pick<Limits, 'logBytes'> = limits()) {
    this.#fd = fd;
    this.format = format;
    this.#maxBytes = settings.logBytes;
  }

  get dropped(): number {
    return this.#dropped;
  }

  #drop(): void {
    this.#dropped += 1;
    this.#unsaid += 1;
  }

  line(message: string): void {
    this.record(this.format === 'json' ? JSON.stringify({ type: 'message', message }) : entryText(message));
  }

  record(text: string): void {
    if (this.#queuedBytes + this.#text.length + text.length > this.#maxBytes) {
      this.#drop();
      return;
    }
    this.#text += `${text}\n`;
    this.#schedule();
  }

  said(worker: string, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const text = Buffer.from(bytes).toString('utf8');
    if (this.format === 'json') this.record(JSON.stringify({ type: 'stderr', worker, text }));
    // Nothing but line breaks becomes very long: that is found out before it is made.
    else if (saidSize(worker, bytes) > this.#maxBytes) this.#drop();
    else this.record(saidText(worker, text));
  }

  /** Resolves when all is written, or after `ms` whatever is left. */
  async flush(ms: number): Promise<void> {
    if (!this.#busy && !this.#scheduled && this.#queuedBytes === 0 && this.#text === '') return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#idle.push(resolve);
    if (this.#gathering !== undefined) this.#run();
    await promise;
    clearTimeout(timer);
  }

  /** All lines of one loop turn leave in one write, and those of several where there are many. */
  #schedule(): void {
    if (this.#scheduled || this.#busy) return;
    this.#scheduled = true;
    const wait = this.#nextWrite - performance.now();
    if (wait > 0) this.#gathering = setTimeout(() => this.#run(), wait);
    else setImmediate(() => this.#run());
  }

  #run(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#scheduled = false;
    this.#next();
  }

  #seal(): void {
    if (this.#text === '') return;
    this.#push(Buffer.from(this.#text));
    this.#text = '';
  }

  #push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
  }

  #next(): void {
    this.#seal();
    if (this.#unsaid > 0 && this.#queue.length === 0 && this.#maxBytes > 0) {
      this.#push(Buffer.from(`Dropped ${this.#unsaid} log entries: nobody read them\n`));
      this.#unsaid = 0;
    }
    if (this.#queue.length === 0) {
      for (const resolve of this.#idle.splice(0)) resolve();
      return;
    }
    const all = this.#queue.length === 1 ? this.#queue[0] : Buffer.concat(this.#queue);
    if (all === undefined) return;
    this.#queue = [all];
    this.#busy = true;
    write(this.#fd, all, 0, Math.min(all.length, CHUNK_BYTES), null, (error, written) => {
      this.#wrote(all, error, written);
    });
  }

  #wrote(all: Uint8Array, error: NodeJS.ErrnoException | null, written: number): void {
    if (error !== null && TRANSIENT.has(error.code ?? '')) {
      // The timer does not keep a finished process alive.
      setTimeout(() => {
        this.#busy = false;
        this.#next();
      }, RETRY_MS).unref();
      return;
    }
    // Any other error lasts, and there is no second place to say so: the log ends here.
    if (error !== null) this.#maxBytes = -1;
    const rest = all.subarray(error === null ? written : all.length);
    // What was added meanwhile sits behind the entry that was being written.
    this.#queue = rest.length > 0 ? [rest, ...this.#queue.slice(1)] : this.#queue.slice(1);
    this.#queuedBytes -= all.length - rest.length;
    this.#busy = false;
    this.#nextWrite = performance.now() + GATHER_MS;
    const isWaited = this.#idle.length > 0 || this.#queue.length > 0;
    if (isWaited || this.#text === '') this.#next();
    else this.#schedule();
  }
}

/**
 * Opens stderr anew where it is a pipe, so that it can be non-blocking without changing the descriptor we
 * share with others. Answers 2 itself where that is impossible (sockets, no /proc, another owner).
 */
export function openStderr(): number {
  try {
    // It never blocks, and is to be written on where stdout, which may be the same file, has left off.
    if (fstatSync(2).isFile()) return 2;
    const fd = openSync('/proc/self/fd/2', constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK);
    if (fd > 2) return fd;
    closeSync(fd);
    return 2;
  } catch {
    return 2;
  }
}
