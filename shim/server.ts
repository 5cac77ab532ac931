/**
 * The long-running shim: serves the containers of one group on the socket that `start` left at descriptor 3,
 * until containerd has removed the last of them.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { parseArguments } from './args.ts';
import { EXPECT_METHOD, EXPECT_SERVICE, readExpectedId } from './bootstrap/expect.ts';
import { EventPublisher } from './events/publisher.ts';
import { Log } from './log.ts';
import { createSandbox } from './sandbox/create.ts';
import { prepareForSandboxes } from './sandbox/prepare.ts';
import { Containers } from './task/containers.ts';
import { Lifetime } from './task/lifetime.ts';
import { taskService } from './task/service.ts';
import { TtrpcServer } from './ttrpc/server.ts';
import { ttrpcService } from './ttrpc/service.ts';

const LISTEN_FD = 3;
const STDERR = 2;

/** How long answers and events may still take once the shim leaves. */
const ANSWER_LIMIT_MS = 500;
const FLUSH_LIMIT_MS = 2000;

const { flags } = parseArguments(process.argv.slice(2));
// `start` made the bundle's log fifo our stderr; process.stderr itself would block on a full one.
const log = new Log({ fd: STDERR, debug: flags.debug, fields: { namespace: flags.containerdNamespace } });

process.on('uncaughtException', (error) => report('Uncaught exception', error));
process.on('unhandledRejection', (reason) => report('Unhandled rejection', reason));

yieldToContainerd();

const events = new EventPublisher({
  ttrpcAddress: process.env['TTRPC_ADDRESS'] ?? '',
  containerdNamespace: flags.containerdNamespace,
  onError: (error) => log.warn(error.message),
});
const containers = new Containers();
const lifetime = new Lifetime(flags.id, { isEmpty: () => containers.isEmpty, leave: () => void leave() });
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
    [EXPECT_SERVICE]: { [EXPECT_METHOD]: expectCreate },
  },
  onError: (error) => report('Cannot answer', error),
});
const listener = createServer();
listener.on('error', (error) => {
  report(`Cannot serve on descriptor ${LISTEN_FD}`, error);
  process.exit(1);
});
server.listen(listener);
listener.listen({ fd: LISTEN_FD });
prepareForSandboxes();
process.on('SIGTERM', () => lifetime.end());

async function expectCreate(request: Uint8Array): Promise<Uint8Array> {
  // No answer is the answer: the connection closes, and `start` makes a new server.
  if (lifetime.hasEnded) await new Promise(() => {});
  lifetime.expect(readExpectedId(request));
  return new Uint8Array();
}

/** The path goes while we still listen: afterwards it may be the next server's. */
async function leave(): Promise<void> {
  if (flags.socket !== '') rmSync(flags.socket, { force: true });
  await server.close(AbortSignal.timeout(ANSWER_LIMIT_MS));
  await events.flush(FLUSH_LIMIT_MS);
  process.exit(0);
}

/** One step easier to kill than containerd, whose score we have inherited: containerd must die last. */
function yieldToContainerd(): void {
  const file = '/proc/self/oom_score_adj';
  try {
    const score = Number(readFileSync(file, 'utf8'));
    writeFileSync(file, String(Math.min(score + 1, 1000)));
  } catch (error) {
    report('Cannot set the OOM score of the shim', error);
  }
}

/** One container's trouble is not the others': nothing here ends the shim. */
function report(what: string, error: unknown): void {
  log.error(`${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}
