import path from 'node:path';
import type { Machine } from './machine.ts';

/** A named network namespace inside a machine with nothing but a loopback interface that is up. */
export class Network implements AsyncDisposable {
  /** Path inside, as `ctr run --with-ns network:PATH` takes it. */
  readonly path: string;
  readonly #machine: Machine;

  private constructor(machine: Machine, file: string) {
    this.#machine = machine;
    this.path = file;
  }

  static async make(machine: Machine, name: string): Promise<Network> {
    const file = path.join('/run/netns', name);
    await machine.run(['touch', file]);
    await machine.run(['unshare', `--net=${file}`, 'busybox', 'ip', 'link', 'set', 'lo', 'up']);
    return new Network(machine, file);
  }

  /** Path of the namespace as this process can open it. */
  get outside(): string {
    return this.#machine.outside(this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine.run(['umount', this.path]);
    await this.#machine.run(['rm', this.path]);
  }
}
