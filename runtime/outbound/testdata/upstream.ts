/** Servers that workers send requests to: real ones, on loopback. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificate {
  readonly key: string;
  /** Signed by itself: the authority to trust as well. */
  readonly cert: string;
}

/** A certificate for these names (`DNS:a.test`, `IP:127.0.0.1`), made by openssl. */
export async function certificateFor(...names: readonly string[]): Promise<Certificate> {
  const directory = await mkdtemp(path.join(tmpdir(), 'certificate-'));
  const [key, cert] = [path.join(directory, 'key.pem'), path.join(directory, 'cert.pem')];
  try {
    const what = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const subject = ['-subj', '/CN=wws test', '-addext', `subjectAltName=${names.join(',')}`];
    await run('openssl', ['req', '-x509', ...what, ...subject, '-keyout', key, '-out', cert]);
    return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** What a server was sent. */
export interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  /** A name and its value in turn, as they came. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

export class Upstream implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly sockets: Set<Socket> = new Set();
  /** Connections there have been. */
  connections = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  /** Answers by `listener` after the request was read whole; by default with `ok`. */
  static async start(
    listener: RequestListener = (_request, response) => response.end('ok'),
    { host = '127.0.0.1', tls }: { readonly host?: string; readonly tls?: Certificate } = {},
  ): Promise<Upstream> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    const upstream = new Upstream(server);
    server.on('request', async (request, response) => {
      const { method, url, rawHeaders } = request;
      upstream.seen.push({ method, url, rawHeaders, body: await bodyOf(request) });
      listener(request, response);
    });
    const listening = Promise.withResolvers<void>();
    server.on('error', listening.reject);
    server.listen(0, host, listening.resolve);
    await listening.promise;
    return upstream;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Settles when it holds no connection. */
  async idle(): Promise<void> {
    await Promise.all(
      [...this.sockets].map((socket) => new Promise((resolve) => void socket.on('close', resolve))),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => void this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('latin1')) body += chunk;
  return body;
}
