import { Socket } from 'node:net';
import type { RuntimeMessage, ShimMessage } from './contract.ts';

/** The runtime's end of the control channel: lines of JSON over an inherited socket (runtime/contract.ts). */
export class ControlChannel {
  readonly #socket: Socket;

  /** Throws when `fd` is no socket: then nobody started us as a container. */
  constructor(fd: number, onMessage: (message: ShimMessage) => void, onEnd: () => void) {
    this.#socket = new Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
    this.#socket.setEncoding('utf8');
    let pending = '';
    this.#socket.on('data', (chunk: string) => {
      const lines = (pending + chunk).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) if (line !== '') onMessage(JSON.parse(line) as ShimMessage);
    });
    this.#socket.on('end', onEnd);
    // A shim that died resets the channel; 'close' follows 'end' or stands for it.
    this.#socket.on('error', onEnd);
  }

  /** Resolves when the message is handed to the kernel, or cannot be. */
  async send(message: RuntimeMessage): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.write(`${JSON.stringify(message)}\n`, () => resolve());
    await promise;
  }

  /** The channel alone does not keep the process running. */
  unref(): void {
    this.#socket.unref();
  }
}
