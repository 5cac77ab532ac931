import { stat } from 'node:fs/promises';
import path from 'node:path';
import { APP_ROOT, type AppMount, type BootMessage, CONTAINER_PORT } from './contract.ts';
import type { ResolvedMount } from './project/folders.ts';
import { resolveInRoot } from './project/resolve-in-root.ts';
import { containerServeArgs, type ServeArgs } from './serve-args.ts';
import type { Log } from './server/log.ts';
import { ProjectServer } from './server/project-server.ts';

/** What a container runs once it is prepared. */
export interface ContainerApp {
  /** Resolves when it listens or runs. */
  start(): Promise<void>;
  /** Exit code, when it ends by itself. */
  readonly ended: Promise<number>;
  /** Ends it in its own way and answers the exit code. */
  signal(number: number): Promise<number>;
}

/** Prepares what the container is for. Rejects with a message for whoever asked for it. */
export async function bootContainer(
  boot: BootMessage,
  log: Log,
  appRoot: string = APP_ROOT,
): Promise<ContainerApp> {
  const mounts = await Promise.all(boot.mounts.map((mount) => resolveMount(appRoot, mount)));
  if (boot.entrypoint.kind === 'module') {
    throw new Error(`Cannot run "${boot.entrypoint.path}": commands are not there yet`);
  }
  const args = containerServeArgs(boot.args.slice(1));
  const server = await ProjectServer.prepare({
    root: await projectDirectory(appRoot, boot.entrypoint.path),
    boundary: appRoot,
    mounts,
    ignore: args.ignore,
    environment: environmentOf(boot.env),
    prefix: args.prefix,
    cors: args.cors,
    log,
    logFormat: 'text',
  });
  return projectApp(server, args);
}

function projectApp(server: ProjectServer, args: ServeArgs): ContainerApp {
  return {
    start: async () => {
      await listenEverywhere(server, args.port ?? CONTAINER_PORT);
    },
    ended: new Promise(() => {}),
    signal: async () => {
      await server.drain();
      return 0;
    },
  };
}

/** Both families where the kernel has both. */
async function listenEverywhere(server: ProjectServer, port: number): Promise<void> {
  try {
    await server.listen({ host: '::', port });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') throw error;
    await server.listen({ host: '0.0.0.0', port });
  }
}

/** A worker file as entrypoint means the directory it is in. */
async function projectDirectory(appRoot: string, name: string): Promise<string> {
  try {
    const found = await resolveInRoot(appRoot, name);
    return (await stat(found)).isDirectory() ? found : path.dirname(found);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot open project "${name}": ${reason}`, { cause: error });
  }
}

async function resolveMount(appRoot: string, { destination, writable }: AppMount): Promise<ResolvedMount> {
  return { path: await resolveInRoot(appRoot, destination), writable };
}

function environmentOf(env: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    env.map((entry) => {
      const [name = '', ...value] = entry.split('=');
      return [name, value.join('=')];
    }),
  );
}
