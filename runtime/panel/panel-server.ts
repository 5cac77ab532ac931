import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ListenOptions, listen } from '#runtime/listen.ts';
import type { PanelApi } from './api.ts';
import { SECURITY_HEADERS } from './headers.ts';
import { isOwnHost } from './host-check.ts';
import { pageFile } from './page-files.ts';
import type { TokenGate } from './token.ts';

/** Nobody sends a body here, or more than a handful of headers. */
const SERVER_LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_500,
} as const;
/** Without a byte in either direction. */
const SOCKET_MS = 15_000;
const MAX_CONNECTIONS = 32;

const TEXT = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json';

export interface PanelServerOptions {
  readonly api: PanelApi;
  readonly gate: TokenGate;
  /** The name it goes by beside addresses and `localhost`. */
  readonly name: string | undefined;
  /** Told why an answer could not be made. */
  readonly onProblem: (message: string) => void;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The panel's own port. The page holds no secret and is for anyone who gets there, the API for who has the token. */
export class PanelServer {
  readonly #options: PanelServerOptions;
  readonly #server: Server;

  private constructor(options: PanelServerOptions) {
    this.#options = options;
    this.#server = createServer(SERVER_LIMITS, (request, response) => void this.#answer(request, response));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.setTimeout(SOCKET_MS);
    this.#server.on('checkExpectation', (_request, response: ServerResponse) =>
      response.writeHead(417).end(),
    );
  }

  /** Rejects when the address cannot be had. */
  static async listen(on: ListenOptions, options: PanelServerOptions): Promise<PanelServer> {
    const server = new PanelServer(options);
    await listen(server.#server, on, { purpose: ' for the panel', flag: '--panel' });
    return server;
  }

  get address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const reply = await this.#reply(request);
      const { status, type, body, headers } = reply;
      // A body that was sent all the same is not waited for.
      if (hasBody(request)) response.shouldKeepAlive = false;
      response.writeHead(status, {
        'content-type': type,
        'content-length': Buffer.byteLength(body),
        ...SECURITY_HEADERS,
        ...headers,
      });
      response.end(body);
    } catch (error) {
      this.#options.onProblem(error instanceof Error ? error.message : String(error));
      response.destroy();
    }
  }

  async #reply(request: IncomingMessage): Promise<Reply> {
    const { method, url = '', headers } = request;
    const hosts = request.headersDistinct['host'] ?? [];
    if (hosts.length !== 1) return text(400, 'One Host header is needed\n');
    if (!isOwnHost(hosts[0], this.#options.name)) {
      return text(421, 'The panel answers to addresses, to localhost and to the name it was given\n');
    }
    if (method !== 'GET' && method !== 'HEAD') return text(405, '', { allow: 'GET, HEAD' });
    if (!url.startsWith('/') || url.startsWith('//') || !URL.canParse(url, 'http://panel')) {
      return text(400, 'The target must be a path\n');
    }
    const { pathname, searchParams } = new URL(url, 'http://panel');
    if (pathname.startsWith('/_api/')) {
      const refusal = this.#refusal(headers.authorization, request.socket.remoteAddress ?? '');
      if (refusal !== undefined) return refusal;
      const { status, body } = await this.#options.api.answer(pathname, searchParams);
      return json(status, body);
    }
    const file = await pageFile(pathname === '/' ? 'index.html' : pathname.slice(1));
    if (file === undefined) return text(404, 'Not found\n');
    return { status: 200, type: file.type, body: file.bytes };
  }

  #refusal(authorization: string | undefined, address: string): Reply | undefined {
    switch (this.#options.gate.judge(authorization, address)) {
      case 'accepted':
        return undefined;
      case 'missing':
        return json(401, { error: 'A token is needed' }, { 'www-authenticate': 'Bearer' });
      case 'wrong':
        return json(401, { error: 'Wrong token' }, { 'www-authenticate': 'Bearer error="invalid_token"' });
      case 'too-many':
        return json(429, { error: 'Too many wrong tokens' }, { 'retry-after': '1' });
    }
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function text(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, type: TEXT, body, headers };
}

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, type: JSON_TYPE, body: JSON.stringify(body), headers };
}
