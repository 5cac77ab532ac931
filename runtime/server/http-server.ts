import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ListenOptions, listen } from '#runtime/listen.ts';
import { SlotTable } from '#runtime/slot-table.ts';
import { type Refused, refusedLine } from './access-log.ts';
import { refuseClient } from './client-error.ts';
import { Exchange } from './exchange.ts';
import { handle, record } from './handler.ts';
import { healthProbe, sendHealth } from './health.ts';
import { QuietConnections } from './quiet-connections.ts';
import type { Site } from './site.ts';

/** A site and the requests that were given to it. */
class Tenure {
  readonly site: Site;
  open = 0;
  /** Called after its last request, once it has been replaced. */
  over: (() => void) | undefined;

  constructor(site: Site) {
    this.site = site;
  }

  /** A request is over. */
  readonly end: (exchange: Exchange) => void = (exchange) => {
    record(this.site, exchange);
    this.open -= 1;
    if (this.open === 0) this.over?.();
  };
}

function addressOf(socket: Duplex): string | undefined {
  return socket instanceof Socket ? socket.remoteAddress : undefined;
}

/** The HTTP side of a running project. */
export class HttpServer {
  /** Limits of connections are those of the first site. */
  #tenure: Tenure;
  readonly #server: Server;
  /** Answers that are not finished. */
  readonly #open = new SlotTable<ServerResponse>();
  readonly #connections: QuietConnections;
  /** Set while it drains: looks whether it is done. */
  #draining: (() => void) | undefined;

  constructor(site: Site) {
    const { limits } = site;
    this.#tenure = new Tenure(site);
    this.#connections = new QuietConnections(limits, () => this.#busy());
    this.#server = createServer({
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headerMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(limits.headerMs, 5_000),
      // Without a body there is nothing to read, and no need for a stream that ends and closes.
      optimizeEmptyRequests: true,
    });
    this.#server.maxConnections = limits.connections;
    // Any number, which `headerBytes` bounds: those beyond `headerCount` are refused where they are seen.
    this.#server.maxHeadersCount = 0;
    this.#server.on('request', (request, response) => this.#accept(request, response));
    this.#server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      if (Number(request.headers['content-length'] ?? 0) <= limits.bodyBytes) response.writeContinue();
      this.#accept(request, response);
    });
    this.#server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
      this.#logRefused({
        address: addressOf(request.socket),
        status: 417,
        reason: 'unknown Expect',
        request,
      });
      response.writeHead(417).end();
    });
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const address = addressOf(socket);
      const { status, reason, limit, isKnown } = refuseClient(error, socket);
      if (limit !== undefined) site.telemetry.limit(limit);
      if (!isKnown) this.#logRefused({ address, status, reason, request: undefined });
    });
    this.#server.on('connection', (socket) => this.#connections.add(socket));
    this.#server.on('drop', () => site.telemetry.limit('connections'));
    // We are no proxy.
    this.#server.on('connect', (request: IncomingMessage, socket: Duplex) => {
      this.#logRefused({ address: addressOf(socket), status: 405, reason: 'no proxy', request });
      socket.end('HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    });
  }

  /** Open ones, at rest or not. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Those with an answer that is not finished. */
  #busy(): ReadonlySet<Socket> {
    const busy = new Set<Socket>();
    for (const [, { req }] of this.#open) busy.add(req.socket);
    return busy;
  }

  /**
   * Serves `site` from the next request on. Resolves when the last request of the one before is over: then
   * nothing uses that any more.
   */
  async replace(site: Site): Promise<void> {
    const old = this.#tenure;
    this.#tenure = new Tenure(site);
    if (old.open === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    old.over = resolve;
    await promise;
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    const slot = this.#open.add(response);
    if (this.#draining) response.shouldKeepAlive = false;
    const probe = healthProbe(request.url);
    const exchange = probe === undefined ? this.#begin(request, response) : undefined;
    response.on('close', () => {
      this.#open.delete(slot);
      exchange?.closed();
      this.#draining?.();
    });
    if (exchange !== undefined) handle(this.#tenure.site, exchange);
    else if (probe !== undefined) sendHealth(request, response, probe, this.#draining !== undefined);
  }

  #logRefused(refused: Refused): void {
    const { log } = this.#tenure.site;
    log.record(refusedLine(log.format, refused));
  }

  #begin(request: IncomingMessage, response: ServerResponse): Exchange {
    const { site, end } = this.#tenure;
    this.#tenure.open += 1;
    return new Exchange(request, response, site.cors, end);
  }

  /** Resolves with the address taken; rejects when it cannot be. */
  async listen(on: ListenOptions): Promise<AddressInfo> {
    return await listen(this.#server, on);
  }

  /**
   * Stops accepting, lets requests in flight finish for at most `ms`, then closes what is left. A connection at
   * rest stays open a little: the client may have sent a request that is not here yet, and it is answered.
   */
  async drain(ms: number): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    let isLingering = true;
    this.#draining = () => {
      if (!isLingering && this.#open.size === 0) resolve();
    };
    for (const [, response] of this.#open) response.shouldKeepAlive = false;
    // The close of node:http would cut off connections at rest.
    NetServer.prototype.close.call(this.#server, () => resolve());
    const linger = setTimeout(
      () => {
        isLingering = false;
        this.#server.closeIdleConnections();
        this.#draining?.();
      },
      Math.min(ms, this.#tenure.site.limits.lingerMs),
    );
    const end = setTimeout(resolve, ms);
    await over;
    clearTimeout(linger);
    clearTimeout(end);
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
