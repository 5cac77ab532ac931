import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { codec } from '#proto/codec.ts';
import { serviceCodecs } from '#proto/service.ts';
import { TtrpcClient } from '../ttrpc/client.ts';

const bootstrapParams = codec('containerd.runtime.bootstrap.v1.BootstrapParams');
const { Connect, Shutdown } = serviceCodecs('containerd.task.v2.Task');
const SERVICE = 'containerd.task.v2.Task';
const LEAKED_FD = 40;

export interface ProgramResult {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The shim program run for real, with bundles and sockets in a directory of the test's own. */
export class ShimProgram implements AsyncDisposable {
  readonly directory: string = mkdtempSync(path.join(tmpdir(), 'shim-'));
  readonly socketDirectory: string = path.join(this.directory, 's');
  /** Servers met so far, to be gone in the end. */
  readonly #servers = new Set<number>();
  readonly #launcher: string = install(path.join(this.directory, 'installed'));

  bundle(id: string, annotations: Readonly<Record<string, string>> = {}): string {
    const bundle = path.join(this.directory, id);
    mkdirSync(path.join(bundle, 'rootfs'), { recursive: true });
    writeFileSync(path.join(bundle, 'config.json'), JSON.stringify({ annotations }));
    return bundle;
  }

  /** Runs the program until stdout and stderr are at their end, as containerd does. */
  async run(
    argv: readonly string[],
    cwd = '/',
    stdin: Uint8Array = Buffer.of(),
    leaked?: number,
  ): Promise<ProgramResult> {
    // Node itself sees to low numbers, so what leaks here gets a high one.
    const gap = leaked === undefined ? [] : [...Array<'ignore'>(LEAKED_FD - 3).fill('ignore'), leaked];
    const child = spawn('/bin/sh', [this.#launcher, ...argv], {
      cwd,
      stdio: ['pipe', 'pipe', 'pipe', ...gap],
    });
    if (!child.stdin || !child.stdout || !child.stderr) throw new Error('Cannot run the shim: no pipes');
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    // A program that ends before it has read everything is no failure of the test.
    child.stdin.on('error', () => undefined).end(stdin);
    await once(child, 'close');
    return {
      status: child.exitCode,
      stdout: Buffer.concat(stdout),
      stderr: Buffer.concat(stderr).toString(),
    };
  }

  /** `leaked` is a descriptor the program inherits beside the usual three. */
  start(id: string, bundle: string, leaked?: number): Promise<ProgramResult> {
    const flags = ['-namespace', 'test', '-address', '/none.sock', '-publish-binary', '/none', '-id', id];
    return this.run([...flags, 'start'], bundle, this.params(id), leaked);
  }

  /** What containerd 2.3 and later write to stdin; it places the socket in the test's own directory. */
  params(id: string): Uint8Array {
    return bootstrapParams.encode({ instanceId: id, namespace: 'test', socketDir: this.socketDirectory });
  }

  delete(id: string, bundle: string): Promise<ProgramResult> {
    const flags = ['-namespace', 'test', '-address', '/none.sock', '-publish-binary', '/none', '-id', id];
    return this.run([...flags, '-bundle', bundle, 'delete']);
  }

  /** Pid of the server behind an address. */
  async serverPid(address: string): Promise<number> {
    await using server = await ServerConnection.open(address);
    this.#servers.add(server.pid);
    return server.pid;
  }

  /** Says Shutdown of a container, whatever comes of it. */
  async sayShutdown(address: string, id: string): Promise<void> {
    await using server = await ServerConnection.open(address);
    await server.client.call(SERVICE, 'Shutdown', Shutdown.request.encode({ id }));
  }

  /** Says Shutdown of a container and waits until the server has hung up. */
  async shutDown(address: string, id: string): Promise<void> {
    await using server = await ServerConnection.open(address);
    await server.client.call(SERVICE, 'Shutdown', Shutdown.request.encode({ id }));
    await server.end;
    this.#servers.delete(server.pid);
  }

  /** Kills a server as the kernel would, and waits until it has let go of its sockets. */
  async kill(address: string): Promise<void> {
    await using server = await ServerConnection.open(address);
    process.kill(server.pid, 'SIGKILL');
    await server.end;
    this.#servers.delete(server.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.#servers) process.kill(pid, 'SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The launcher as it is installed, with the sources in place of the bundles it starts. */
function install(home: string): string {
  const checkout = path.join(import.meta.dirname, '../..');
  const launcher = path.join(home, 'bin/containerd-shim-wws-v1');
  mkdirSync(path.dirname(launcher), { recursive: true });
  mkdirSync(path.join(home, 'dist/root/bin'), { recursive: true });
  copyFileSync(path.join(checkout, 'docker/launcher.sh'), launcher);
  symlinkSync(process.execPath, path.join(home, 'dist/root/bin/node'));
  const bundles = { 'containerd-shim-wws-v1': 'shim/main.ts', 'shim-server': 'shim/start.ts' };
  for (const [bundle, source] of Object.entries(bundles)) {
    const text = `require(${JSON.stringify(path.join(checkout, source))});\n`;
    writeFileSync(path.join(home, `dist/${bundle}.cjs`), text);
  }
  return launcher;
}

class ServerConnection implements AsyncDisposable {
  readonly client: TtrpcClient;
  readonly pid: number;
  /** Resolves when the server has hung up: servers are nobody's children here. */
  readonly end: Promise<unknown>;

  private constructor(client: TtrpcClient, pid: number, end: Promise<unknown>) {
    this.client = client;
    this.pid = pid;
    this.end = end;
  }

  static async open(address: string): Promise<ServerConnection> {
    const socket = connect({ path: address.replace('unix://', '') });
    const end = once(socket, 'close');
    await once(socket, 'connect');
    const client = new TtrpcClient(socket);
    const answer = await client.call(SERVICE, 'Connect', Connect.request.encode({ id: 'x' }));
    return new ServerConnection(client, Connect.response.decode(answer).shimPid, end);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    await this.end;
  }
}
