import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ListenOptions, listen } from '#runtime/listen.ts';
import { EXPOSITION_TYPE } from './exposition.ts';

/** Nobody needs more to read one page. */
const SERVER_LIMITS = { maxHeaderSize: 8_192, headersTimeout: 5_000, requestTimeout: 5_000 } as const;
const MAX_CONNECTIONS = 32;

/** A port of its own for what only the operator is to read: `GET /metrics`. */
export class MetricsServer {
  readonly #server: Server;
  readonly #text: () => string;

  private constructor(text: () => string) {
    this.#text = text;
    this.#server = createServer(SERVER_LIMITS, (request, response) => this.#answer(request, response));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Without a host it is every address. Rejects when the address cannot be had. */
  static async listen(on: ListenOptions, text: () => string): Promise<MetricsServer> {
    const server = new MetricsServer(text);
    await listen(server.#server, on, { purpose: ' for metrics', flag: '--metrics' });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
    // Nothing but the page is kept open for.
    response.shouldKeepAlive &&= method === 'GET' || method === 'HEAD';
    if (url.split('?', 1)[0] !== '/metrics') send(response, 404, 'Metrics are at /metrics\n');
    else if (method !== 'GET' && method !== 'HEAD') send(response, 405, '', { allow: 'GET, HEAD' });
    else send(response, 200, this.#text(), { 'content-type': EXPOSITION_TYPE });
  }
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
