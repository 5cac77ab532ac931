import { toTimestamp } from '#proto/timestamp.ts';
import { removeRecord, writeRecord } from '../bootstrap/record-file.ts';
import { ShimError } from '../errors.ts';
import type { EventPublisher } from '../events/publisher.ts';
import type { Log } from '../log.ts';
import type { Exit, Sandbox, SandboxRecord, SandboxRequest, StdioPaths } from '../sandbox/sandbox.ts';
import type { ContainerStats } from '../sandbox/stats.ts';
import { cannotMake } from './create-error.ts';
import { reportExit } from './exits.ts';
import { PromiseQueue } from './queue.ts';
import {
  alreadyFinished,
  type ContainerState,
  CREATED,
  type Created,
  cannotDelete,
  cannotStart,
  deleted,
  exited,
  type Running,
  type Stopped,
  started,
} from './state.ts';

const SIGKILL = 9;

/** What a container needs of the shim around it. */
export interface ContainerWorld {
  readonly createSandbox: (request: SandboxRequest) => Promise<Sandbox>;
  readonly publish: EventPublisher['publish'];
  readonly log: Log;
}

/** What containerd is told about a container. */
export interface ContainerSnapshot {
  readonly pid: number;
  readonly bundle: string;
  readonly stdio: StdioPaths;
  readonly state: ContainerState;
}

/**
 * One container: its process, its state and the events of its life. Transitions pass one by one through a
 * queue, so that events leave in the order of the states; State, Kill and Wait never wait in it, since they
 * must be answered while a Start hangs.
 */
export class Container {
  readonly id: string;
  readonly #request: SandboxRequest;
  readonly #sandbox: Sandbox;
  readonly #world: ContainerWorld;
  readonly #queue = new PromiseQueue();
  readonly #stopped = Promise.withResolvers<Exit>();
  #state: ContainerState = CREATED;
  /** True from the moment the process is reaped, before that has become a state. */
  #reaped = false;

  private constructor(request: SandboxRequest, sandbox: Sandbox, world: ContainerWorld) {
    this.id = request.id;
    this.#request = request;
    this.#sandbox = sandbox;
    this.#world = world;
  }

  /** Makes the sandbox with its waiting process. A failure leaves nothing behind. */
  static async create(request: SandboxRequest, world: ContainerWorld): Promise<Container> {
    const { id, bundle, rootfs, stdio } = request;
    let sandbox: Sandbox;
    try {
      sandbox = await world.createSandbox({
        ...request,
        // From here on a killed shim is cleaned up after, by `delete` and this record.
        onRecord: (record) => recordSandbox(bundle, record),
        warn: (message) => world.log.warn(message, { id }),
      });
    } catch (cause) {
      removeRecord(bundle);
      throw cannotMake(cause);
    }
    const container = new Container(request, sandbox, world);
    world.publish('/tasks/create', { containerId: id, bundle, rootfs, io: stdio, pid: sandbox.pid });
    container.#awaitExit();
    return container;
  }

  get pid(): number {
    return this.#sandbox.pid;
  }

  get snapshot(): ContainerSnapshot {
    const { bundle, stdio } = this.#request;
    return { pid: this.pid, bundle, stdio, state: this.#state };
  }

  /** Lets the process go. Fine also when it is gone again at once; fails with the reason it cannot run. */
  start(): Promise<void> {
    return this.#queue.run(async () => {
      const state = this.#state;
      if (state.status !== 'CREATED') throw cannotStart(this.id, state);
      try {
        await this.#sandbox.start();
      } catch (cause) {
        await this.#killAndSettle(state);
        throw cause;
      }
      this.#state = started(state);
      // An exit stands behind us in the queue, so its event comes after this one.
      this.#world.publish('/tasks/start', { containerId: this.id, pid: this.pid });
    });
  }

  /** Sends a signal to the init process, or to every process of the container. */
  async kill(signal: number, all: boolean): Promise<void> {
    if (this.#reaped) throw alreadyFinished(this.id);
    await this.#sandbox.signal(signal, all);
  }

  /** How the process ended, once it has. */
  wait(): Promise<Exit> {
    return this.#stopped.promise;
  }

  /** Removes the container; one that was never started is killed first. */
  delete(): Promise<Exit> {
    return this.#queue.run(async () => {
      const found = this.#state;
      const state = found.status === 'CREATED' ? await this.#killAndSettle(found) : found;
      if (state.status !== 'STOPPED') throw cannotDelete(this.id, state);
      await this.#sandbox.destroy();
      removeRecord(this.#request.bundle);
      this.#state = deleted(state);
      const { status: exitStatus, at } = state.exit;
      const event = { containerId: this.id, pid: this.pid, exitStatus, exitedAt: toTimestamp(at) };
      this.#world.publish('/tasks/delete', event);
      return state.exit;
    });
  }

  /** Host pids, the init's among them until Delete: without it a restarted containerd takes us for a leak. */
  async pids(): Promise<readonly number[]> {
    const pids = this.#reaped ? [] : await this.#sandbox.pids();
    return pids.includes(this.pid) ? pids : [this.pid, ...pids];
  }

  stats(): Promise<ContainerStats> {
    return this.#sandbox.stats();
  }

  closeStdin(): void {
    this.#sandbox.closeStdin();
  }

  #awaitExit(): void {
    this.#sandbox.exited
      .then((exit) => {
        this.#reaped = true;
        return this.#queue.run(async () => {
          const state = this.#state;
          if (state.status === 'CREATED' || state.status === 'RUNNING') this.#settle(state, exit);
        });
      })
      .catch((cause: unknown) => {
        this.#world.log.error(`Cannot learn how the process ended: ${String(cause)}`, { id: this.id });
      });
  }

  /** For use inside the queue: ends a process that was never let go, or whose start failed. */
  async #killAndSettle(state: Created): Promise<Stopped> {
    if (!this.#reaped) {
      await this.#sandbox.signal(SIGKILL, true).catch((cause: unknown) => {
        // It may have ended by itself in the same moment.
        this.#world.log.warn(`Cannot kill the process: ${String(cause)}`, { id: this.id, pid: this.pid });
      });
    }
    return this.#settle(state, await this.#sandbox.exited);
  }

  #settle(state: Created | Running, exit: Exit): Stopped {
    const { bundle } = this.#request;
    reportExit({ ...this.#world, id: this.id, bundle, pid: this.pid }, exit);
    const stopped = exited(state, exit);
    this.#state = stopped;
    this.#stopped.resolve(exit);
    return stopped;
  }
}

function recordSandbox(bundle: string, record: SandboxRecord): void {
  try {
    writeRecord(bundle, record);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ShimError('unavailable', `Cannot write the state file of container "${record.id}": ${reason}`, {
      cause,
    });
  }
}
