import { readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { NO_OPERATOR } from '#runtime/operator.ts';
import { LogWriter } from '../log.ts';
import { ProjectServer } from '../project-server.ts';
import { plainOptions } from './plain-options.ts';

/** What a server holds when it has nothing to do. */
export interface Footprint {
  readonly descriptors: number;
  readonly threads: number;
  /** Timers, sockets and the like that keep an event loop going. */
  readonly resources: readonly string[];
  readonly heapBytes: number;
  readonly bufferBytes: number;
  readonly residentBytes: number;
}

/** Serves the directory that is its argument, in a process of its own; tells its port, and its footprint when asked. */
async function main(root: string): Promise<void> {
  const server = await ProjectServer.prepare({
    ...plainOptions(root),
    operator: NO_OPERATOR,
    log: new LogWriter(1),
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  process.on('message', () => void footprint().then((answer) => process.send?.(answer)));
  process.send?.(port);
}

async function footprint(): Promise<Footprint> {
  // What one collection sets free may hold on to more until the next.
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await setImmediate();
  }
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    resources: process.getActiveResourcesInfo(),
    heapBytes: heapUsed,
    bufferBytes: arrayBuffers,
    residentBytes: rss,
  };
}

await main(process.argv[2] ?? '.');
