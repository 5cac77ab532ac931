import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Ctr } from './ctr.ts';
import type { Daemon } from './daemon.ts';
import { DockerCli } from './docker-cli.ts';
import type { Machine } from './machine.ts';
import { until } from './until.ts';

/** A dockerd of the test's own with the containerd it starts itself, in a machine with a private network. */
export class Docker implements AsyncDisposable {
  readonly machine: Machine;
  readonly cli: DockerCli;
  readonly #daemon: Daemon;
  readonly #ctr: Ctr;

  private constructor(machine: Machine, home: string, cli: DockerCli, daemon: Daemon) {
    this.machine = machine;
    this.cli = cli;
    this.#daemon = daemon;
    this.#ctr = new Ctr(machine, path.join(home, 'exec/containerd/containerd.sock'), 'moby');
  }

  static async start(machine: Machine): Promise<Docker> {
    const home = path.join(machine.directory, 'docker');
    const socket = path.join(home, 'docker.sock');
    const config = path.join(home, 'daemon.json');
    await mkdir(home, { recursive: true });
    await writeFile(
      config,
      JSON.stringify({
        // Docker's other image store takes no image for wasi/wasm.
        features: { 'containerd-snapshotter': true },
        'data-root': path.join(home, 'data'),
        'exec-root': path.join(home, 'exec'),
        pidfile: path.join(home, 'docker.pid'),
        hosts: [`unix://${socket}`],
        'cgroup-parent': `/${machine.id}`,
        debug: true,
      }),
    );
    const daemon = await machine.spawn(['dockerd', '--config-file', config], path.join(home, 'dockerd.log'));
    const docker = new Docker(machine, home, new DockerCli(machine, socket, home), daemon);
    await until(
      'dockerd answers',
      async () => {
        if (!daemon.running) throw new Error(`dockerd has ended\n${await daemon.lastWords()}`);
        return (await docker.cli.attempt(['version'])).code === 0 ? true : undefined;
      },
      { timeoutMs: 120_000, explain: () => daemon.lastWords() },
    );
    return docker;
  }

  /** All that dockerd and its containerd have logged, the shim's lines among them. */
  async log(): Promise<string> {
    return this.#daemon.log();
  }

  /** What its containerd holds for containers. */
  async holdings(): Promise<readonly string[]> {
    return this.#ctr.holdings();
  }

  async discardAll(): Promise<void> {
    await this.cli.discardAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon.stop();
  }
}
