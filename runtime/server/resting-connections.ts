import type { Socket } from 'node:net';
import { SlotTable } from '#runtime/slot-table.ts';

interface Connection {
  readonly socket: Socket;
  /** What had been read when it was looked at last. */
  read: number;
  /** When it was first seen to rest, by `performance.now()`. */
  since: number;
}

/** A client that goes by the time it was told may have a request on its way when that is over. */
const GRACE_MS = 1_000;

/** Between two looks at the connections, at most. */
const LONGEST_PERIOD_MS = 1_000;

/**
 * The open connections, of which those that rest between two requests for too long are closed. One clock for all:
 * node:http would set another timer at the beginning and at the end of every request.
 */
export class RestingConnections {
  readonly #connections = new SlotTable<Connection>();
  readonly #isBusy: () => ReadonlySet<Socket>;
  readonly #restMs: number;
  readonly #period: number;
  #watch: NodeJS.Timeout | undefined;

  /** `busy`: those with an answer that is not finished. */
  constructor(restMs: number, busy: () => ReadonlySet<Socket>) {
    this.#isBusy = busy;
    this.#restMs = restMs + GRACE_MS;
    this.#period = Math.max(10, Math.min(LONGEST_PERIOD_MS, restMs / 4));
  }

  /** Resting or not. */
  get size(): number {
    return this.#connections.size;
  }

  /** To be called with a connection whose time without a byte is set already: that time stays what it is. */
  add(socket: Socket): void {
    socket.setTimeout = () => socket;
    const slot = this.#connections.add({ socket, read: 0, since: performance.now() });
    socket.on('close', () => {
      this.#connections.delete(slot);
      if (this.#connections.size > 0) return;
      clearInterval(this.#watch);
      this.#watch = undefined;
    });
    this.#watch ??= setInterval(() => this.#look(), this.#period).unref();
  }

  #look(): void {
    const now = performance.now();
    const busy = this.#isBusy();
    for (const [, connection] of this.#connections) {
      const { socket } = connection;
      const { bytesRead } = socket;
      // Before its first answer it does not rest: then the time for headers counts.
      const isResting = bytesRead === connection.read && socket.bytesWritten > 0 && !busy.has(socket);
      connection.read = bytesRead;
      if (!isResting) connection.since = now;
      else if (now - connection.since >= this.#restMs) socket.destroy();
    }
  }
}
