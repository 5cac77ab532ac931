import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Ctr } from './ctr.ts';
import type { Daemon } from './daemon.ts';
import type { Machine } from './machine.ts';
import { until } from './until.ts';

/** Plugins that would look for a CNI set-up: no pod is made here. Unknown names are ignored by every release. */
const NO_CRI = ['io.containerd.grpc.v1.cri', 'io.containerd.cri.v1.images', 'io.containerd.cri.v1.runtime'];

/** A containerd of the test's own, with all it keeps in the machine's scratch folder. */
export class Containerd implements AsyncDisposable {
  readonly machine: Machine;
  /** Path of its gRPC socket, the same inside and outside. */
  readonly socket: string;
  /** Where bundles are, below a folder per containerd namespace. */
  readonly bundles: string;
  readonly ctr: Ctr;
  readonly #config: string;
  readonly #log: string;
  #daemon: Daemon | undefined;

  private constructor(machine: Machine) {
    const home = path.join(machine.directory, 'containerd');
    this.machine = machine;
    this.socket = path.join(home, 'containerd.sock');
    this.bundles = path.join(home, 'state/io.containerd.runtime.v2.task');
    this.ctr = new Ctr(machine, this.socket, machine.id);
    this.#config = path.join(home, 'config.toml');
    this.#log = path.join(home, 'containerd.log');
  }

  static async start(machine: Machine): Promise<Containerd> {
    const containerd = new Containerd(machine);
    const home = path.dirname(containerd.#config);
    await mkdir(home, { recursive: true });
    await writeFile(
      containerd.#config,
      [
        'version = 2',
        `root = "${home}/root"`,
        `state = "${home}/state"`,
        `disabled_plugins = [${NO_CRI.map((name) => `"${name}"`).join(', ')}]`,
        '[grpc]',
        `  address = "${containerd.socket}"`,
        '[debug]',
        '  level = "debug"',
        '',
      ].join('\n'),
    );
    await containerd.restart();
    return containerd;
  }

  /** As this machine counts. */
  get pid(): number {
    if (this.#daemon === undefined) throw new Error('Cannot tell the pid of containerd: it is stopped');
    return this.#daemon.pid;
  }

  /** Stops it if it runs, starts it, and resolves when its API answers. Containers stay. */
  async restart(): Promise<void> {
    await this.stop();
    const daemon = await this.machine.spawn(['containerd', '--config', this.#config], this.#log);
    this.#daemon = daemon;
    await until(
      'containerd answers',
      async () => {
        if (!daemon.running) throw new Error(`containerd has ended\n${await daemon.lastWords()}`);
        return (await this.ctr.attempt(['version'])).code === 0 ? true : undefined;
      },
      { timeoutMs: 60_000, explain: () => daemon.lastWords() },
    );
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#daemon?.stop(signal);
    this.#daemon = undefined;
  }

  /** All it has logged, over restarts; the shim's own log lines are among them. */
  async log(): Promise<string> {
    return (await this.#daemon?.log()) ?? '';
  }

  async holdings(): Promise<readonly string[]> {
    return this.ctr.holdings();
  }

  async discardAll(): Promise<void> {
    await this.ctr.discardAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
