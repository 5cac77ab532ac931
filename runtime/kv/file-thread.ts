import { parentPort, workerData } from 'node:worker_threads';
import { FileDatabase } from './file-database.ts';
import type { FromFileThread, ToFileThread } from './file-message.ts';

/** The script of the thread that a file store keeps its database on: a slow disk holds up nobody else. */
const database = new FileDatabase((workerData as { path: string }).path);

parentPort?.on('message', (message: ToFileThread) => {
  if (message === 'close') {
    database.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(database.run(message.steps) satisfies FromFileThread);
});
