import { parentPort } from 'node:worker_threads';
import { keepLedger } from '#runtime/wasi/ledger.ts';
import { usePagemap } from '#runtime/wasi/pagemap.ts';
import { CallRunner } from './call-runner.ts';
import type { ThreadData } from './protocol.ts';

/** The script of a guest thread. Which guests it is for comes once it is up. */
parentPort?.once('message', (data: ThreadData) => {
  keepLedger(data.ledger);
  usePagemap(data.pagemap);
  new CallRunner(data);
});
