import { CommandError, type CommandOptions, type Outcome } from './command.ts';
import type { Machine } from './machine.ts';
import { until } from './until.ts';

export const RUNTIME = 'io.containerd.wws.v1';

/** A line of `ctr task ls`. */
export interface TaskLine {
  readonly id: string;
  /** In the machine's own count. */
  readonly pid: number;
  readonly status: 'CREATED' | 'RUNNING' | 'STOPPED' | 'PAUSED' | 'UNKNOWN';
}

export interface RunContainer {
  readonly image: string;
  readonly id: string;
  /** The whole argument vector, in place of the image's ENTRYPOINT and CMD. */
  readonly args?: readonly string[];
  /** Further flags of `ctr run`, e.g. `--net-host`. */
  readonly flags?: readonly string[];
  readonly runtime?: string;
}

/** The `ctr` of one containerd, in one containerd namespace. */
export class Ctr {
  readonly containerdNamespace: string;
  readonly #machine: Machine;
  readonly #socket: string;

  constructor(machine: Machine, socket: string, containerdNamespace: string) {
    this.containerdNamespace = containerdNamespace;
    this.#machine = machine;
    this.#socket = socket;
  }

  async attempt(args: readonly string[], options?: CommandOptions): Promise<Outcome> {
    const global = ['ctr', '--address', this.#socket, '--namespace', this.containerdNamespace];
    return this.#machine.attempt([...global, ...args], options);
  }

  async run(args: readonly string[], options?: CommandOptions): Promise<string> {
    const outcome = await this.attempt(args, options);
    if (outcome.code !== 0) throw new CommandError(['ctr', ...args], `exit code ${outcome.code}`, outcome);
    return outcome.stdout;
  }

  /** Imports an archive as `wasm-image build -o` writes it, without any platform flag. */
  async importImage(archive: string): Promise<void> {
    await this.run(['images', 'import', archive]);
  }

  /** `ctr run -d`: resolves when the task is started. */
  async start(container: RunContainer): Promise<void> {
    await this.run(['run', '--detach', ...runArguments(container)]);
  }

  /** `ctr run --rm`, attached: resolves with its output when the container has ended. */
  async runToEnd(container: RunContainer, options?: CommandOptions): Promise<Outcome> {
    return this.attempt(['run', '--rm', ...runArguments(container)], options);
  }

  async tasks(): Promise<readonly TaskLine[]> {
    const [, ...lines] = (await this.run(['task', 'ls'])).trim().split('\n');
    return lines.map((line) => {
      const [id = '', pid = '', status = ''] = line.trim().split(/\s+/);
      return { id, pid: Number(pid), status: status as TaskLine['status'] };
    });
  }

  /** The running task's init process, in the machine's own count. */
  async pid(id: string): Promise<number> {
    const task = (await this.tasks()).find((line) => line.id === id);
    if (task === undefined) throw new Error(`Cannot find the task "${id}"`);
    return task.pid;
  }

  async kill(id: string, signal: string): Promise<void> {
    await this.run(['task', 'kill', '--signal', signal, id]);
  }

  /** Resolves when containerd reports the task as running. */
  async running(id: string): Promise<void> {
    await this.#reached(id, 'RUNNING');
  }

  /** Resolves when containerd reports the task as stopped. */
  async stopped(id: string): Promise<void> {
    await this.#reached(id, 'STOPPED');
  }

  /** Resolves when containerd no longer lists the task. */
  async gone(id: string): Promise<void> {
    await until(`the task ${id} is gone`, async () => {
      return (await this.tasks()).some((line) => line.id === id) ? undefined : true;
    });
  }

  /** Kills and removes every container of the containerd namespace, as far as that goes. */
  async discardAll(): Promise<void> {
    const containers = (await this.run(['container', 'ls', '--quiet'])).split('\n').filter((id) => id !== '');
    for (const id of containers) {
      await this.attempt(['task', 'rm', '--force', id]);
      await this.attempt(['container', 'rm', id]);
    }
  }

  /** `ctr task rm` and `ctr container rm`; resolves with the container's exit code. */
  async remove(id: string): Promise<number> {
    const removal = await this.attempt(['task', 'rm', id]);
    if (removal.code !== 0) {
      throw new CommandError(['ctr', 'task', 'rm', id], `exit code ${removal.code}`, removal);
    }
    await this.run(['container', 'rm', id]);
    // A code other than 0 is told in a warning.
    return Number(/exit with non-zero exit code (\d+)/.exec(removal.stderr)?.[1] ?? 0);
  }

  /** What containerd's database holds for containers: they themselves, their writable layers, leases. */
  async holdings(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const kind of ['containers', 'leases'] as const) {
      for (const id of (await this.run([kind, 'ls', '--quiet'])).trim().split('\n')) {
        if (id !== '') found.push(`${kind}: ${id}`);
      }
    }
    for (const line of (await this.run(['snapshots', 'ls'])).trim().split('\n')) {
      // Committed snapshots are layers of images: those stay.
      if (/\sActive\s*$/.test(line)) found.push(`snapshot: ${line.split(/\s/)[0]}`);
    }
    return found;
  }

  async #reached(id: string, status: TaskLine['status']): Promise<void> {
    await until(`the task ${id} is ${status}`, async () => {
      const task = (await this.tasks()).find((line) => line.id === id);
      return task?.status === status ? true : undefined;
    });
  }
}

function runArguments({ image, id, args, flags, runtime }: RunContainer): readonly string[] {
  return ['--runtime', runtime ?? RUNTIME, ...(flags ?? []), image, id, ...(args ?? [])];
}
