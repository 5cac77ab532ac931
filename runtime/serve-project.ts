import { stat } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { isatty } from 'node:tty';
import type { Serve } from './cli-args.ts';
import { UsageError } from './cli-parse.ts';
import { isRepository, shownUrl } from './git/git-source.ts';
import { openPanel } from './panel/open-panel.ts';
import { repositoryArgs } from './runtimes/runtimes-args.ts';
import { type LogStyle, LogWriter, openStderr } from './server/log.ts';
import { limits } from './settings.ts';
import { SpareThread } from './worker/spare-thread.ts';

const DEFAULT_PORT = 8080;

/** Time for the last log lines on the way out. */
const FLUSH_MS = 500;

/** `wws [PATH]`: serves until a signal comes. Resolves with the exit code. */
export async function serveProject(invocation: Serve): Promise<number> {
  const { host, operator, serve: args } = invocation;
  const { root, boundary, title } = await sourceOf(invocation);
  // The thread comes up while the server's modules load.
  const spare = new SpareThread();
  const { ProjectServer } = await import('./server/project-server.ts');
  const log = new LogWriter(openStderr(), operator.log ?? styleOf(2));
  if (invocation.installRuntimes) await installRuntimes(root, log);
  const watching = invocation.watch && (await import('./watch/watched-project.ts'));
  using watched = await watching?.WatchedProject.make({ root, ignore: args.ignore, log });
  const server = await ProjectServer.prepare({
    root,
    boundary,
    mounts: [],
    ignore: args.ignore,
    environment: process.env,
    prefix: args.prefix,
    cors: args.cors,
    operator,
    limits: limits(operator.serverLimits),
    log,
    spare,
    ...watched?.loading,
  });
  const panel = await openPanel(operator.panel, server, log);
  const port = args.port ?? DEFAULT_PORT;
  const address = await server.listen({ host, port });
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  const { routeTable } = await import('./route-table.ts');
  const { routes, publicDirectory } = server;
  const url = `http://${name}:${address.port}`;
  const format = log.format === 'json' ? 'json' : styleOf(1);
  process.stdout.write(routeTable({ root: title, url, format, routes, publicDirectory }));
  if (panel !== undefined) process.stdout.write(panelLine(panel.url, format));

  const watch = invocation.watch && (await watched?.watch(server, invocation.watch));
  await signalled();
  await watch?.[Symbol.asyncDispose]();
  await server.drain();
  panel?.close();
  await log.flush(FLUSH_MS);
  return 0;
}

async function installRuntimes(root: string, log: LogWriter): Promise<void> {
  const { installNeeded, openDownloads } = await import('./runtimes/install-runtimes.ts');
  await using downloads = await openDownloads(root);
  const tell = (line: string): void => log.line(line);
  await installNeeded({ project: root, repository: repositoryArgs(process.env), tell }, downloads);
}

interface Source {
  readonly root: string;
  readonly boundary: string;
  /** As people know it. */
  readonly title: string;
}

/** The directory to serve: the one that is named, or the files of a repository. */
async function sourceOf({ path: given, git, watch }: Serve): Promise<Source> {
  if (!isRepository(given)) {
    const [flag] = Object.entries(git).find(([, value]) => value !== undefined) ?? [];
    if (flag !== undefined) throw new UsageError(`Cannot use "--git-${flag}": "${given}" is no URL`);
    return { root: await existingDirectory(given), boundary: '/', title: path.resolve(given) };
  }
  if (watch !== undefined)
    throw new UsageError('Cannot watch a repository: only files of this machine change');
  const { fetchRepository } = await import('./git/fetch-repository.ts');
  // Folders of its workers may be anywhere in the repository, and nowhere else.
  const { root, boundary, commit } = await fetchRepository({ url: given, ...git });
  const folder = git.folder === undefined ? '' : `, folder ${git.folder}`;
  return { root, boundary, title: `${shownUrl(given)} (commit ${commit.slice(0, 12)}${folder})` };
}

/** Resolves at the first signal that asks to stop; the second one is from somebody who does not want to wait. */
async function signalled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let signals = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1) process.exit(128 + constants.signals[signal]);
      resolve();
    });
  }
  await promise;
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
  const status = await stat(root).catch(() => undefined);
  if (status === undefined) throw new Error(`Cannot serve "${root}": no such directory`);
  if (!status.isDirectory())
    throw new Error(`Cannot serve "${root}": it is no directory (name the one it is in)`);
  return root;
}
