import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Git's own HTTP backend behind `node:http`, by the rules of CGI (RFC 3875), on loopback. */
export class GitHttpServer implements AsyncDisposable {
  readonly #root: string;
  readonly #password: string | undefined;
  readonly #server: Server;
  /** Paths that were asked for, without queries. */
  readonly asked: string[] = [];

  private constructor(root: string, password: string | undefined) {
    this.#root = root;
    this.#password = password;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Serves the repositories in `root`; with a password only to the user `reader`. */
  static async start(root: string, password?: string): Promise<GitHttpServer> {
    const made = new GitHttpServer(root, password);
    made.#server.listen(0, '127.0.0.1');
    await once(made.#server, 'listening');
    return made;
  }

  /** `user` is `NAME:PASSWORD`. */
  url(repository: string, user?: string): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://${user === undefined ? '' : `${user}@`}127.0.0.1:${port}/${repository}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search } = new URL(request.url ?? '', 'http://h');
    this.asked.push(pathname);
    const allowed = `Basic ${Buffer.from(`reader:${this.#password}`).toString('base64')}`;
    if (this.#password !== undefined && request.headers.authorization !== allowed) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    const backend = spawn('git', ['http-backend'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: this.#root,
        GIT_HTTP_EXPORT_ALL: '1',
        // The repositories belong to whoever runs the test.
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        REQUEST_METHOD: request.method,
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        CONTENT_TYPE: request.headers['content-type'],
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
        HTTP_GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
        REMOTE_ADDR: '127.0.0.1',
      },
    });
    request.pipe(backend.stdin);
    const output = await buffer(backend.stdout);
    const end = output.indexOf('\r\n\r\n');
    const headers = output
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string]);
    const status = Number.parseInt(headers.find(([name]) => name === 'Status')?.[1] ?? '200', 10);
    for (const [name, value] of headers) if (name !== 'Status') response.setHeader(name, value);
    response.writeHead(status).end(output.subarray(end + 4));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
