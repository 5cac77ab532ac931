import type { Server, Socket } from 'node:net';
import { ServerSession, type TtrpcServices } from './server-session.ts';

export interface TtrpcServerOptions {
  readonly services: TtrpcServices;
  /** Told of a connection that broke, and of handlers that failed with something else than a ShimError. */
  readonly onError: (error: unknown) => void;
}

/** Serves ttrpc to any number of clients; each request runs beside all others. */
export class TtrpcServer {
  readonly #options: TtrpcServerOptions;
  readonly #sessions = new Set<ServerSession>();
  #listener: Server | undefined;
  #allGone: PromiseWithResolvers<void> | undefined;

  constructor(options: TtrpcServerOptions) {
    this.#options = options;
  }

  /** Takes the connections of `listener`, which may be listening already or not yet. */
  listen(listener: Server): void {
    if (this.#listener) throw new Error('Cannot listen: this ttrpc server has a listener');
    this.#listener = listener;
    listener.on('connection', (socket) => this.#serve(socket));
  }

  /**
   * Takes no more connections, sends the answers given so far and closes. What runs is aborted. A client that
   * reads nothing can hold this up until `signal` aborts.
   */
  async close(signal?: AbortSignal): Promise<void> {
    this.#listener?.close();
    if (this.#sessions.size === 0) return;
    this.#allGone ??= Promise.withResolvers();
    const cut = (): void => {
      for (const session of this.#sessions) session.close();
    };
    for (const session of this.#sessions) session.closeSoon();
    if (signal?.aborted) cut();
    signal?.addEventListener('abort', cut, { once: true });
    await this.#allGone.promise;
    signal?.removeEventListener('abort', cut);
  }

  #serve(socket: Socket): void {
    const session = new ServerSession(socket, this.#options.services, {
      onError: this.#options.onError,
      onClose: () => {
        this.#sessions.delete(session);
        if (this.#sessions.size === 0) this.#allGone?.resolve();
      },
    });
    this.#sessions.add(session);
  }
}
