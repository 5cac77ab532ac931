import { Worker } from 'node:worker_threads';
import { SETTINGS } from '#runtime/settings.ts';
import { threadScript } from './thread-script.ts';

const MEBIBYTE = 1024 * 1024;
/** With less a thread does not come up. */
const MIN_HEAP_MEBIBYTES = 16;

/**
 * Starts a guest thread, which waits for its `ThreadData`. One that needs more heap than this ends by itself, and
 * it alone as long as nothing fills the heap in one go (`parseJson`). Where Node's command line bounds the heap, as
 * in a container, that holds in its place.
 */
export function startThread(heapBytes: number): Worker {
  return new Worker(threadScript(), {
    // Nothing of this process's surroundings is there for guest code to find.
    argv: [],
    env: {},
    execArgv: ['--disable-warning=ExperimentalWarning'],
    name: 'guests',
    resourceLimits: {
      maxOldGenerationSizeMb: Math.max(MIN_HEAP_MEBIBYTES, Math.floor(heapBytes / MEBIBYTE)),
    },
  });
}

/** What a thread has that is started before anybody knows better. */
const DEFAULT_HEAP = SETTINGS.heapBytes.default;

/**
 * A guest thread that is started before it is known what for. A thread takes 20 ms to come up, in which the
 * main thread has its own things to load.
 */
export class SpareThread {
  #worker: Worker | undefined = startThread(DEFAULT_HEAP);

  constructor() {
    // Without a listener an error would end the process; whoever takes a dead thread gets another.
    this.#worker?.on('error', () => {});
  }

  /** The spare the first time, while it lives and has the heap that is wanted; else a new one. */
  take(heapBytes: number): Worker {
    if (heapBytes !== DEFAULT_HEAP) this.drop();
    const worker = this.#worker;
    this.#worker = undefined;
    return worker === undefined || worker.threadId === -1 ? startThread(heapBytes) : worker;
  }

  /** There is no use for it. */
  drop(): void {
    void this.#worker?.terminate();
    this.#worker = undefined;
  }
}
