import { Socket } from 'node:net';
import type { BootMessage, RuntimeMessage, ShimMessage } from '#runtime/contract.ts';
import { ShimError } from '../errors.ts';

/** A runtime says a word and a reason; more than this is a runtime that is no longer ours. */
const MAX_LINE_BYTES = 64 * 1024;

/** The shim's end of the line to a runtime (runtime/contract.ts). */
export class ControlChannel {
  readonly #socket: Socket;
  readonly #ready = Promise.withResolvers<void>();
  readonly #started = Promise.withResolvers<void>();
  #pending = '';

  /** @param fd a connected socket, owned by the channel from here on */
  constructor(fd: number) {
    this.#socket = new Socket({ fd, readable: true, writable: true });
    this.#socket.setEncoding('utf8');
    this.#socket.on('data', (text: string) => this.#receive(text));
    // EPIPE and ECONNRESET say what 'close' says: the runtime is gone, and its exit tells why.
    this.#socket.on('error', () => undefined);
    this.#socket.on('close', () => {
      this.#ready.resolve();
      this.#started.resolve();
    });
    // Whoever starts the container asks; one that is deleted without a start is not asked.
    this.#ready.promise.catch(() => undefined);
    this.#started.promise.catch(() => undefined);
  }

  boot(message: BootMessage): void {
    this.#send(message);
  }

  /**
   * Lets the app go. Resolves when the runtime says it has started, or is gone.
   *
   * @throws ShimError unknown with the runtime's reason why the app cannot run
   */
  async start(): Promise<void> {
    await this.#ready.promise;
    this.#send({ type: 'start' });
    await this.#started.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(message: ShimMessage): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  #receive(text: string): void {
    const lines = (this.#pending + text).split('\n');
    this.#pending = lines.pop() ?? '';
    for (const line of lines) this.#handle(line);
    if (this.#pending.length > MAX_LINE_BYTES) this.#reject('it sends lines without an end');
  }

  #handle(line: string): void {
    const message = parse(line);
    if (message === undefined) this.#reject(`it says ${JSON.stringify(line.slice(0, 200))}`);
    else if (message.type === 'ready') this.#ready.resolve();
    else if (message.type === 'started') this.#started.resolve();
    else this.#fail(message.message);
  }

  #reject(what: string): void {
    this.#fail(`Cannot understand the runtime: ${what}`);
    this.#socket.destroy();
  }

  #fail(message: string): void {
    const error = new ShimError('unknown', message);
    this.#ready.reject(error);
    this.#started.reject(error);
  }
}

function parse(line: string): RuntimeMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  const { type } = value;
  if (type === 'ready' || type === 'started') return { type };
  if (type === 'failed' && 'message' in value && typeof value.message === 'string') {
    return { type, message: value.message };
  }
  return undefined;
}
