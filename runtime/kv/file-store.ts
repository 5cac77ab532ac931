import { existsSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Bounds } from './bounds.ts';
import type { FileStep, FromFileThread, StepResult, ToFileThread } from './file-message.ts';
import { KvError } from './kv-error.ts';
import type { KvOperation, KvReplies } from './operation.ts';
import type { Change, Snapshot } from './snapshot.ts';
import type { Store, StorePatience } from './store.ts';

interface Pending {
  readonly step: FileStep;
  readonly resolve: (reply: never) => void;
  readonly reject: (error: KvError) => void;
  readonly timer: NodeJS.Timeout;
  isOver: boolean;
}

/** Time the database has to close. */
const CLOSE_MS = 1_000;

/**
 * A store in an SQLite database, for one process at a time. Its thread is given what has come meanwhile whenever
 * it has finished, so that many writers share one sync of the disk.
 */
export class FileStore implements Store {
  readonly name: string;
  readonly #path: string;
  readonly #patience: StorePatience;
  #worker: Worker | undefined;
  #sent: Pending[] = [];
  #queue: Pending[] = [];
  #isScheduled = false;
  #isClosed = false;

  constructor(file: string, patience: StorePatience) {
    this.#path = file;
    this.#patience = patience;
    this.name = `file:${file}`;
  }

  async read(namespace: string, bounds: Bounds): Promise<Snapshot> {
    return await this.#take<Snapshot>({ type: 'read', namespace, bounds });
  }

  async write(namespace: string, change: Change, bounds: Bounds): Promise<void> {
    await this.#take<void>({ type: 'write', namespace, bounds, change });
  }

  async operate<O extends KvOperation>(
    namespace: string,
    operation: O,
    bounds: Bounds,
  ): Promise<KvReplies[O['type']]> {
    return await this.#take<KvReplies[O['type']]>({ type: 'operate', namespace, bounds, operation });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage('close' satisfies ToFileThread);
    const timer = setTimeout(() => void worker.terminate(), CLOSE_MS);
    await ended;
    clearTimeout(timer);
  }

  async #take<T>(step: FileStep): Promise<T> {
    if (this.#isClosed) throw new KvError('unavailable', 'it is closed');
    if (this.#sent.length + this.#queue.length >= this.#patience.steps) {
      throw new KvError('unavailable', `${this.#patience.steps} steps are under way already`);
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(() => {
      pending.isOver = true;
      reject(new KvError('unavailable', `it took longer than ${this.#patience.stepMs} ms`));
    }, this.#patience.stepMs);
    const pending: Pending = { step, resolve, reject, timer, isOver: false };
    this.#queue.push(pending);
    this.#schedule();
    return await promise;
  }

  /** What comes in one turn of the loop goes together. */
  #schedule(): void {
    if (this.#isScheduled || this.#sent.length > 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#send();
    });
  }

  #send(): void {
    this.#sent = this.#queue.filter(({ isOver }) => !isOver);
    this.#queue = [];
    if (this.#sent.length === 0) return;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ steps: this.#sent.map(({ step }) => step) } satisfies ToFileThread);
  }

  #start(): Worker {
    const worker = new Worker(fileThreadScript(), {
      workerData: { path: this.#path },
      argv: [],
      env: {},
      execArgv: ['--disable-warning=ExperimentalWarning'],
      name: 'kv',
    });
    worker.unref();
    worker.on('message', (results: FromFileThread) => this.#answer(results));
    worker.on('error', (error) => this.#died(worker, error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => this.#died(worker, `its thread ended with code ${code}`));
    return worker;
  }

  #answer(results: readonly StepResult[]): void {
    const sent = this.#sent;
    this.#sent = [];
    for (const [index, { resolve, reject, timer }] of sent.entries()) {
      clearTimeout(timer);
      const result = results[index];
      if (result?.ok) resolve(result.reply as never);
      else reject(new KvError(result?.code ?? 'unavailable', result?.reason ?? 'it gave no answer'));
    }
    if (this.#queue.length > 0) this.#schedule();
  }

  /** The next step starts another. */
  #died(worker: Worker, reason: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const result: StepResult = { ok: false, code: 'unavailable', reason };
    this.#answer(this.#sent.map(() => result));
  }
}

/** The bundle beside ours, or its source when we run from sources. */
function fileThreadScript(): string {
  const bundle = path.join(import.meta.dirname, 'kv-thread.cjs');
  return existsSync(bundle) ? bundle : path.join(import.meta.dirname, 'file-thread.ts');
}
