import { Worker } from 'node:worker_threads';
import { threadScript } from './thread-script.ts';

/** Starts a guest thread, which waits for its `ThreadData`. */
export function startThread(): Worker {
  return new Worker(threadScript(), {
    // Nothing of this process's surroundings is there for guest code to find.
    argv: [],
    env: {},
    execArgv: ['--disable-warning=ExperimentalWarning'],
    name: 'guests',
  });
}

/**
 * A guest thread that is started before it is known what for. A thread takes 20 ms to come up, in which the
 * main thread has its own things to load.
 */
export class SpareThread {
  #worker: Worker | undefined = startThread();

  constructor() {
    // Without a listener an error would end the process; whoever takes a dead thread gets another.
    this.#worker?.on('error', () => {});
  }

  /** The spare the first time, while it lives; else a new one. */
  take(): Worker {
    const worker = this.#worker;
    this.#worker = undefined;
    return worker === undefined || worker.threadId === -1 ? startThread() : worker;
  }

  /** There is no use for it. */
  drop(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }
}
