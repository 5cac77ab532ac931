import { ShimError } from '../errors.ts';
import type { Cgroup } from './cgroup.ts';
import { killCgroup } from './cgroup-remove.ts';
import type { ControlChannel } from './control.ts';
import { type ContainerState, runHooks } from './hooks.ts';
import type { Exit, Sandbox, SandboxRecord } from './sandbox.ts';
import type { Spec } from './spec.ts';
import { type ContainerStats, readStats } from './stats.ts';
import type { Stdin } from './stdin.ts';

export interface ProcessSandboxParts {
  readonly record: SandboxRecord;
  readonly spec: Spec;
  readonly bundle: string;
  readonly exited: Promise<Exit>;
  readonly control: ControlChannel;
  readonly stdin: Stdin;
  readonly cgroup: Cgroup | undefined;
  /** What of creating goes on while the client does other things; Start waits for it. */
  readonly completion: Promise<void>;
  /** Undoes all that create() made; the process is dead by then. */
  readonly undo: AsyncDisposableStack;
  readonly warn: (message: string) => void;
}

/** A container that is one process, spoken to by its control channel and signals. */
export class ProcessSandbox implements Sandbox {
  readonly record: SandboxRecord;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  readonly #parts: ProcessSandboxParts;
  #alive = true;
  #destroyed: Promise<void> | undefined;

  constructor(parts: ProcessSandboxParts) {
    this.#parts = parts;
    this.record = parts.record;
    this.pid = parts.record.pid;
    this.exited = parts.exited.then((exit) => {
      this.#alive = false;
      return exit;
    });
  }

  async start(): Promise<void> {
    const { completion, control, spec, stdin } = this.#parts;
    await completion;
    stdin.settle();
    // A closed channel is a process about to be reaped: its exit says the rest.
    await control.start();
    if (!this.#alive) return;
    try {
      await runHooks('poststart', spec.hooks.poststart, this.#state('running'));
    } catch (error) {
      // The container runs: the spec wants a warning and no more.
      this.#parts.warn(error instanceof Error ? error.message : String(error));
    }
  }

  async signal(signal: number, all: boolean): Promise<void> {
    if (!this.#alive) throw new ShimError('not-found', 'process already finished');
    const pids = all ? await this.pids() : [this.pid];
    for (const pid of pids) this.#send(pid, signal);
  }

  async pids(): Promise<readonly number[]> {
    const found = this.#alive ? ((await this.#parts.cgroup?.pids()) ?? []) : [];
    return found.includes(this.pid) ? found : [this.pid, ...found];
  }

  async stats(): Promise<ContainerStats> {
    const { cgroup } = this.#parts;
    if (cgroup === undefined) throw new ShimError('not-found', 'Cannot read figures: there is no cgroup');
    return readStats(cgroup);
  }

  closeStdin(): void {
    this.#parts.stdin.end();
  }

  destroy(): Promise<void> {
    this.#destroyed ??= this.#destroy();
    return this.#destroyed;
  }

  async #destroy(): Promise<void> {
    const { completion, cgroup, spec, undo, warn } = this.#parts;
    // Its failure has been Start's to tell.
    await completion.catch(() => undefined);
    if (this.#alive) this.#send(this.pid, 9);
    const directory = cgroup?.directory('pids') ?? cgroup?.directory('memory');
    if (directory !== undefined && cgroup?.made.includes(directory)) await killCgroup(directory);
    await this.exited;
    await undo.disposeAsync();
    try {
      await runHooks('poststop', spec.hooks.poststop, this.#state('stopped'));
    } catch (error) {
      warn(error instanceof Error ? error.message : String(error));
    }
  }

  #send(pid: number, signal: number): void {
    try {
      process.kill(pid, signal);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'ESRCH') {
        // One of many may have ended by itself.
        if (pid === this.pid) throw new ShimError('not-found', 'process already finished');
        return;
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new ShimError('invalid-argument', `Cannot send signal ${signal} to process ${pid}: ${reason}`);
    }
  }

  #state(status: ContainerState['status']): ContainerState {
    const { spec, bundle, record } = this.#parts;
    return {
      ociVersion: spec.ociVersion,
      id: record.id,
      status,
      ...(status === 'stopped' ? {} : { pid: record.pid }),
      bundle,
      annotations: spec.annotations,
    };
  }
}
