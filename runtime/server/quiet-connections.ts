import { Socket } from 'node:net';
import type { Limits } from '#runtime/settings.ts';
import { SlotTable } from '#runtime/slot-table.ts';

interface Connection {
  readonly socket: Socket;
  /** What had passed when it was looked at last. */
  read: number;
  written: number;
  /** When it was first seen to rest, by `performance.now()`. */
  since: number;
  /** Since it was seen to be quiet. */
  hasTimer: boolean;
}

/** A client that goes by the time it was told may have a request on its way when that is over. */
const GRACE_MS = 1_000;

/** Between two looks at the connections, at most. */
const LONGEST_PERIOD_MS = 1_000;

/**
 * The open connections. Those are closed that rest between two requests for too long, and those where no byte
 * passes. One clock for all: node:http would set another timer at the beginning and at the end of every request,
 * and put it off with each byte.
 */
export class QuietConnections {
  readonly #connections = new SlotTable<Connection>();
  readonly #busy: () => ReadonlySet<Socket>;
  readonly #restMs: number;
  readonly #socketMs: number;
  readonly #period: number;
  #watch: NodeJS.Timeout | undefined;

  /** `busy`: those with an answer that is not finished. */
  constructor({ idleMs, socketMs }: Pick<Limits, 'idleMs' | 'socketMs'>, busy: () => ReadonlySet<Socket>) {
    this.#busy = busy;
    this.#restMs = idleMs + GRACE_MS;
    this.#socketMs = socketMs;
    this.#period = Math.max(10, Math.min(LONGEST_PERIOD_MS, idleMs / 4, socketMs / 4));
  }

  get size(): number {
    return this.#connections.size;
  }

  add(socket: Socket): void {
    socket.setTimeout = () => socket;
    const slot = this.#connections.add({
      socket,
      read: 0,
      written: 0,
      since: performance.now(),
      hasTimer: false,
    });
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
    const busy = this.#busy();
    for (const [, connection] of this.#connections) {
      const { socket } = connection;
      const { bytesRead, bytesWritten } = socket;
      const isQuiet = bytesRead === connection.read && bytesWritten === connection.written;
      connection.read = bytesRead;
      connection.written = bytesWritten;
      if (isQuiet !== connection.hasTimer) this.#setTimer(connection, isQuiet);
      // Before its first answer it does not rest: then the time for headers counts.
      if (!isQuiet || bytesWritten === 0 || busy.has(socket)) connection.since = now;
      else if (now - connection.since >= this.#restMs) socket.destroy();
    }
  }

  /** The timer of node:net sees what we cannot: how a slow client takes what was written long ago. */
  #setTimer(connection: Connection, isWanted: boolean): void {
    connection.hasTimer = isWanted;
    Socket.prototype.setTimeout.call(connection.socket, isWanted ? this.#socketMs : 0);
  }
}
