import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { ShimFlags } from './args.ts';
import { EXPECT_METHOD, EXPECT_SERVICE, readExpectedId } from './bootstrap/expect.ts';
import { EventPublisher } from './events/publisher.ts';
import { Log } from './log.ts';
import { createSandbox } from './sandbox/create.ts';
import { Containers } from './task/containers.ts';
import { Lifetime } from './task/lifetime.ts';
import { taskService } from './task/service.ts';
import { TtrpcServer } from './ttrpc/server.ts';
import { ttrpcService } from './ttrpc/service.ts';

const STDERR = 2;

/** How long answers and events may still take once the shim leaves. */
const ANSWER_LIMIT_MS = 500;
const FLUSH_LIMIT_MS = 2000;

export interface ServerOptions {
  /** Those of the `start` this process was run for. */
  readonly flags: ShimFlags;
  /** Path of the socket, which is the server's to remove. */
  readonly socket: string;
  /** The socket itself, bound and listening. */
  readonly listenFd: number;
  /** Where containerd takes events; empty where nobody does. */
  readonly ttrpcAddress: string;
}

/** Serves the containers of one group until containerd has removed the last of them. Ends the process. */
export async function serve({ flags, socket, listenFd, ttrpcAddress }: ServerOptions): Promise<never> {
  // The bundle's log fifo is our stderr; process.stderr itself would block on a full one.
  const log = new Log({ fd: STDERR, debug: flags.debug, fields: { namespace: flags.containerdNamespace } });
  /** One container's trouble is not the others': nothing here ends the shim. */
  const report = (what: string, error: unknown): void => {
    log.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  };
  process.on('uncaughtException', (error) => report('Uncaught exception', error));
  process.on('unhandledRejection', (reason) => report('Unhandled rejection', reason));

  const events = new EventPublisher({
    ttrpcAddress,
    containerdNamespace: flags.containerdNamespace,
    onError: (error) => log.warn(error.message),
  });
  const containers = new Containers();
  const ended = Promise.withResolvers<void>();
  const lifetime = new Lifetime(flags.id, {
    isEmpty: () => containers.isEmpty,
    leave: () => ended.resolve(),
  });
  const handlers = taskService({
    containers,
    lifetime,
    containerdNamespace: flags.containerdNamespace,
    world: { createSandbox, publish: (topic, event) => events.publish(topic, event), log },
  });
  const server = new TtrpcServer({
    services: {
      // Field for field the same; a client uses the one its version of containerd knows.
      'containerd.task.v2.Task': ttrpcService('containerd.task.v2.Task', handlers),
      'containerd.task.v3.Task': ttrpcService('containerd.task.v3.Task', handlers),
      [EXPECT_SERVICE]: { [EXPECT_METHOD]: (request) => expectCreate(lifetime, request) },
    },
    onError: (error) => report('Cannot answer', error),
  });
  const listener = createServer();
  listener.on('error', (error) => {
    report(`Cannot serve on "${socket}"`, error);
    process.exit(1);
  });
  server.listen(listener);
  listener.listen({ fd: listenFd });
  process.on('SIGTERM', () => lifetime.end());
  yieldToContainerd(report);

  await ended.promise;
  // The path goes while we still listen: afterwards it may be the next server's.
  rmSync(socket, { force: true });
  await server.close(AbortSignal.timeout(ANSWER_LIMIT_MS));
  await events.flush(FLUSH_LIMIT_MS);
  process.exit(0);
}

async function expectCreate(lifetime: Lifetime, request: Uint8Array): Promise<Uint8Array> {
  // No answer is the answer: the connection closes, and `start` makes a new server.
  if (lifetime.hasEnded) await new Promise(() => {});
  lifetime.expect(readExpectedId(request));
  return new Uint8Array();
}

/** One step easier to kill than containerd, whose score we have inherited: containerd must die last. */
function yieldToContainerd(report: (what: string, error: unknown) => void): void {
  const file = '/proc/self/oom_score_adj';
  try {
    const score = Number(readFileSync(file, 'utf8'));
    writeFileSync(file, String(Math.min(score + 1, 1000)));
  } catch (error) {
    report('Cannot set the OOM score of the shim', error);
  }
}
