import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { handle, type Site } from './handler.ts';

/** Where to listen. Without a host: on every address, of both families where there are both. Port 0 takes any free one. */
export interface ListenOptions {
  readonly host?: string;
  readonly port: number;
}

/** The HTTP side of a running project. */
export class HttpServer {
  readonly #site: Site;
  readonly #server: Server;
  /** Answers that are not finished. */
  readonly #open = new Set<ServerResponse>();
  #draining: (() => void) | undefined;

  constructor(site: Site) {
    const { limits } = site;
    this.#site = site;
    this.#server = createServer({
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headerMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(limits.headerMs, 5_000),
    });
    this.#server.maxConnections = limits.connections;
    // One more than allowed, so that too many can be told from enough.
    this.#server.maxHeadersCount = limits.headerCount + 1;
    this.#server.setTimeout(limits.socketMs);
    this.#server.on('request', (request, response) => this.#accept(request, response));
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      if (Number(request.headers['content-length'] ?? 0) <= limits.bodyBytes) response.writeContinue();
      this.#accept(request, response);
    });
    this.#server.on('checkExpectation', (_request, response) => response.writeHead(417).end());
    // We are no proxy.
    this.#server.on('connect', (_request, socket) => {
      socket.end('HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    });
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    this.#open.add(response);
    if (this.#draining) response.shouldKeepAlive = false;
    response.on('close', () => {
      this.#open.delete(response);
      if (this.#draining === undefined) return;
      this.#server.closeIdleConnections();
      if (this.#open.size === 0) this.#draining();
    });
    void handle(this.#site, request, response);
  }

  /** Resolves with the address taken; rejects when it cannot be. */
  async listen({ host, port }: ListenOptions): Promise<AddressInfo> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ ...(host === undefined ? {} : { host }), port, backlog: 1024 }, resolve);
    await promise;
    this.#server.off('error', reject);
    const address = this.#server.address();
    if (address === null || typeof address === 'string')
      throw new Error(`Cannot listen on port ${port}: no address`);
    return address;
  }

  /** Stops accepting, lets requests in flight finish for at most `ms`, then closes what is left. */
  async drain(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#draining = resolve;
    for (const response of this.#open) response.shouldKeepAlive = false;
    this.#server.close();
    this.#server.closeIdleConnections();
    if (this.#open.size === 0) resolve();
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#server.closeAllConnections();
  }
}
