/** The thread a command runs in: waits for the word to start, runs, and reports the exit code. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ThreadData, ThreadEnd } from './message.ts';
import { runInThread } from './run-in-thread.ts';

const port = parentPort;
if (port === null) throw new Error('Cannot run a command: this is not a worker thread');

port.once('message', () => {
  const end: ThreadEnd = { exitCode: runInThread(workerData as ThreadData) };
  port.postMessage(end);
});
