import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/**
 * Valkey or Redis, whichever this machine has. Debian's `redis-tools` has the server under the name of another
 * tool, which it is when it is called by that, and no service that starts by itself.
 */
const PROGRAMS = ['/usr/bin/valkey-server', '/usr/bin/redis-server', '/usr/bin/redis-check-rdb'];

export interface RedisOptions {
  /** Path of the network namespace to listen in; by default this process's own. */
  readonly networkNamespace?: string;
  /** As on its command line. */
  readonly args?: readonly string[];
  /** Takes TLS, and nothing else. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A server of its own on loopback, which keeps nothing. It can be stopped and started again on its port. */
export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  readonly #options: RedisOptions;
  #process: ChildProcess | undefined;

  private constructor(port: number, directory: string, options: RedisOptions) {
    this.port = port;
    this.#directory = directory;
    this.#options = options;
  }

  static async start(options: RedisOptions = {}): Promise<RedisServer> {
    const directory = await mkdtemp(path.join(tmpdir(), 'wws-redis-'));
    const server = new RedisServer(await freePort(), directory, options);
    await server.restart();
    return server;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async restart(): Promise<void> {
    await this.stop();
    const program = PROGRAMS.find((name) => existsSync(name));
    if (program === undefined) throw new Error('Cannot start Redis: install "redis-tools" or "valkey"');
    const { tls, args = [] } = this.#options;
    const port = String(this.port);
    const ports =
      tls === undefined
        ? ['--port', port]
        : ['--port', '0', '--tls-port', port, '--tls-cert-file', tls.cert, '--tls-key-file', tls.key];
    const words = [...ports, '--bind', '127.0.0.1', '--save', '', '--dir', this.#directory, ...args];
    const secure = tls === undefined ? [] : ['--tls-auth-clients', 'no'];
    const child = this.#spawn(program, [...words, ...secure]);
    this.#process = child;
    const lines: string[] = [];
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (line.includes('Ready to accept connections')) {
        child.stdout.resume();
        return;
      }
    }
    throw new Error(`Cannot start Redis: ${lines.join('\n')}`);
  }

  #spawn(program: string, args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
    const { networkNamespace } = this.#options;
    const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
    const argv0 = 'redis-server';
    if (networkNamespace === undefined) return spawn(program, args, { argv0, stdio });
    const called = ['bash', '-c', `exec -a ${argv0} "$0" "$@"`, program, ...args];
    return spawn('nsenter', [`--net=${networkNamespace}`, '--', ...called], { stdio });
  }

  async stop(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.#directory, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('Cannot find a free port');
  return address.port;
}
