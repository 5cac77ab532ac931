import type { ContainerApp } from './container-app.ts';
import { type BootMessage, CONTROL_FD, type ShimMessage } from './contract.ts';
import { ControlChannel } from './control-channel.ts';
import { LogWriter, openStderr } from './server/log.ts';
import { openPagemap } from './wasi/pagemap.ts';
import { SpareThread } from './worker/spare-thread.ts';

/**
 * The process of a container. It learns what it is over the control channel (runtime/contract.ts), prepares
 * on `boot` and goes on `start`.
 */

/** Time for the last log lines and the last message on the way out. */
const FLUSH_MS = 500;

const log = new LogWriter(openStderr());
let app: Promise<ContainerApp> | undefined;
let isStarted = false;
let isLeaving = false;
let reported: Promise<void> | undefined;

const control = new ControlChannel(CONTROL_FD, receive, shimGone);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, onSignal);

function receive(message: ShimMessage): void {
  if (message.type === 'boot') {
    app = boot(message);
    // With an app that cannot run it stays all the same until `start`: before that, clients enter its network
    // namespace by its pid (Docker's hook), and would say that there is no such file instead of the reason.
    void app.then(() => control.send({ type: 'ready' }), report);
  } else {
    isStarted = true;
    void start();
  }
}

/**
 * Rights go before anything of the app is looked at. What takes longest begins first: the guest thread, then
 * the HTTP server's modules, which nothing before needs.
 */
async function boot(message: BootMessage): Promise<ContainerApp> {
  const spare = message.entrypoint.kind === 'project' ? new SpareThread() : undefined;
  if (message.seccomp !== undefined) {
    openPagemap();
    const { hardenContainer } = await import('./container-hardening.ts');
    hardenContainer(message.seccomp);
  }
  const { bootContainer } = await import('./container-app.ts');
  return await bootContainer(message, { log, ...(spare === undefined ? {} : { spare }) });
}

async function start(): Promise<void> {
  try {
    if (app === undefined) throw new Error('Cannot start: nothing was booted');
    const running = await app;
    await running.start();
    await control.send({ type: 'started' });
    control.unref();
    await leave(await running.ended);
  } catch (error) {
    await fail(error);
  }
}

/** The first failure is the reason; `start` finds the same one again. */
function report(error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  reported ??= (async () => {
    log.line(message);
    await control.send({ type: 'failed', message });
  })();
  return reported;
}

async function fail(error: unknown): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  await report(error);
  await leave(1);
}

async function leave(code: number): Promise<never> {
  await log.flush(FLUSH_MS);
  process.exit(code);
}

/** As pid 1 we get no signal's default action: without a handler nothing would happen at all. */
async function onSignal(_name: string, number: number): Promise<void> {
  if (isLeaving) return;
  isLeaving = true;
  const running = isStarted ? await app?.catch(() => undefined) : undefined;
  await leave(running === undefined ? 128 + number : await running.signal(number));
}

/** A container outlives its shim; one that was never started has nothing to live for. */
function shimGone(): void {
  if (!isStarted) void leave(1);
}
