import { Worker } from 'node:worker_threads';
import { ShimError } from '../errors.ts';
import type { AttachProcJob, Birth, SpawnerAnswer, SpawnJob } from './spawn-job.ts';

/** A parked thread holds some 6 MB: without work for this long it goes, and the next container waits 13 ms. */
const IDLE_MS = 10_000;

/**
 * Spawner threads: at most one is kept waiting, so that a container need not wait for a thread to boot. A
 * thread is asked one thing at a time and, unless it comes back as it was, nothing more.
 */
export class SpawnerPool {
  readonly #script: string;
  #parked: Spawner | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(script: string) {
    this.#script = script;
  }

  /** Boots a thread unless one is waiting. */
  park(): void {
    this.#keep(this.#parked ?? new Spawner(this.#script));
  }

  async spawn(job: SpawnJob): Promise<Birth> {
    const spawner = this.#take();
    const answer = await spawner.ask(job);
    if (answer.type !== 'spawned') throw unexpected(answer);
    // The thread ends by itself; nobody needs to wait for that.
    return answer.birth;
  }

  async attachProc(job: AttachProcJob): Promise<void> {
    const spawner = this.#take();
    const answer = await spawner.ask(job);
    if (answer.type !== 'attached') throw unexpected(answer);
    if (answer.after === 'reusable' && this.#parked === undefined) this.#keep(spawner);
    else await spawner.end();
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const parked = this.#parked;
    this.#parked = undefined;
    await parked?.end();
  }

  #take(): Spawner {
    const spawner = this.#parked ?? new Spawner(this.#script);
    this.#parked = undefined;
    clearTimeout(this.#idle);
    return spawner;
  }

  #keep(spawner: Spawner): void {
    this.#parked = spawner;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#parked === spawner) this.#parked = undefined;
      spawner.end().catch(() => undefined);
    }, IDLE_MS).unref();
  }
}

class Spawner {
  readonly #worker: Worker;
  readonly #gone = Promise.withResolvers<void>();
  #asked: PromiseWithResolvers<SpawnerAnswer> | undefined;
  /** Why there will be no answer any more. */
  #failure: ShimError | undefined;

  constructor(script: string) {
    this.#worker = new Worker(script, {
      name: 'spawner',
      execArgv: ['--disable-warning=ExperimentalWarning'],
      trackUnmanagedFds: false,
      // It writes nothing, and to connect its streams with ours would be half of what this thread has to do here.
      stdout: true,
      stderr: true,
    });
    this.#worker.on('message', (answer: SpawnerAnswer) => {
      this.#asked?.resolve(answer);
      this.#asked = undefined;
    });
    this.#worker.once('error', (cause: unknown) => {
      this.#fail(cause instanceof Error ? cause.message : String(cause), cause);
    });
    this.#worker.once('exit', () => {
      this.#fail('its spawner thread has ended');
      this.#gone.resolve();
    });
    this.#worker.unref();
  }

  /**
   * A thread that still boots finds the job when it is up.
   *
   * @throws ShimError with the reason the thread gives
   */
  async ask(job: SpawnJob | AttachProcJob): Promise<SpawnerAnswer> {
    if (this.#failure !== undefined) throw this.#failure;
    const asked = Promise.withResolvers<SpawnerAnswer>();
    this.#asked = asked;
    this.#worker.ref();
    this.#worker.postMessage(job);
    const given = await asked.promise;
    if (given.type === 'failed') {
      // What it has mounted and joined ends with the thread.
      await this.#gone.promise;
      throw new ShimError(given.code, given.message);
    }
    this.#worker.unref();
    return given;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(reason: string, cause?: unknown): void {
    this.#failure ??= new ShimError('unknown', `Cannot create the container: ${reason}`, { cause });
    this.#asked?.reject(this.#failure);
    this.#asked = undefined;
  }
}

function unexpected(answer: SpawnerAnswer): ShimError {
  return new ShimError('unknown', `Cannot create the container: its spawner thread says "${answer.type}"`);
}
