import { constants } from 'node:os';
import path from 'node:path';
import { isatty } from 'node:tty';
import { type Invocation, readArgs, UsageError } from './cli-args.ts';
import { openPanel } from './panel/open-panel.ts';
import { type LogStyle, LogWriter, openStderr } from './server/log.ts';
import { limits } from './settings.ts';

/** `wws`: the runtime by hand. */

const DEFAULT_PORT = 8080;

/** Time for the last log lines on the way out. */
const FLUSH_MS = 500;

type Of<K extends Invocation['kind']> = Extract<Invocation, { kind: K }>;

async function main(args: readonly string[]): Promise<number> {
  const invocation = readArgs(args);
  switch (invocation.kind) {
    case 'help':
      process.stdout.write((await import('./usage.ts')).USAGE);
      return 0;
    case 'version':
      process.stdout.write(
        `wws ${(await import('../package.json', { with: { type: 'json' } })).default.version}\n`,
      );
      return 0;
    case 'serve':
      return await serve(invocation);
    case 'command':
      return await runFile(invocation);
  }
}

/** Serves until a signal comes. */
async function serve({ path: root, host, operator, serve: args }: Of<'serve'>): Promise<number> {
  // The thread comes up while the server's modules load.
  const { SpareThread } = await import('./worker/spare-thread.ts');
  const directory = await existingDirectory(root);
  const spare = new SpareThread();
  const { ProjectServer } = await import('./server/project-server.ts');
  const log = new LogWriter(openStderr(), operator.log ?? styleOf(2));
  const server = await ProjectServer.prepare({
    root: directory,
    boundary: '/',
    mounts: [],
    ignore: args.ignore,
    environment: process.env,
    prefix: args.prefix,
    cors: args.cors,
    operator,
    limits: limits(operator.serverLimits),
    log,
    spare,
  });
  const panel = await openPanel(operator.panel, server, log);
  const port = args.port ?? DEFAULT_PORT;
  const address = await server.listen({ host, port });
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const { routeTable } = await import('./route-table.ts');
  const { routes, publicDirectory } = server;
  const url = `http://${name}:${address.port}`;
  const format = log.format === 'json' ? 'json' : styleOf(1);
  process.stdout.write(routeTable({ root: path.resolve(root), url, format, routes, publicDirectory }));
  if (panel !== undefined) process.stdout.write(panelLine(panel.url, format));

  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  let signals = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      signals += 1;
      // The second one is from somebody who does not want to wait.
      if (signals > 1) process.exit(128 + constants.signals[signal]);
      stop();
    });
  }
  await stopped;
  await server.drain();
  panel?.close();
  await log.flush(FLUSH_MS);
  return 0;
}

function panelLine(url: string, format: LogStyle): string {
  return format === 'json' ? `${JSON.stringify({ type: 'panel', url })}\n` : `Panel: ${url}\n`;
}

/** How to write to a descriptor: in columns and colours where somebody looks on (https://no-color.org). */
function styleOf(fd: number): LogStyle {
  if (!isatty(fd)) return 'text';
  const isPlain = (process.env['NO_COLOR'] ?? '') !== '' || process.env['TERM'] === 'dumb';
  return isPlain ? 'terminal' : 'colour';
}

async function existingDirectory(root: string): Promise<string> {
  const { stat } = await import('node:fs/promises');
  const status = await stat(root).catch(() => undefined);
  if (status === undefined) throw new Error(`Cannot serve "${root}": no such directory`);
  if (!status.isDirectory())
    throw new Error(`Cannot serve "${root}": it is no directory (name the one it is in)`);
  return root;
}

async function runFile({ file, args, directories, env }: Of<'command'>): Promise<number> {
  const { realpath } = await import('node:fs/promises');
  const { runCommand } = await import('./command/run.ts');
  const preopens = await Promise.all(
    directories.map(async ({ host, guest }) => ({
      guestPath: guest,
      // Links are the caller's own here; inside, none leads out.
      hostPath: await realpath(host).catch(() => path.resolve(host)),
      writable: true,
    })),
  );
  return await runCommand({ file: path.resolve(file), name: file, args, env, preopens });
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage = error instanceof UsageError;
    process.stderr.write(`${message}\n${isUsage ? 'See wws --help\n' : ''}`);
    process.exit(isUsage ? 2 : 1);
  },
);
