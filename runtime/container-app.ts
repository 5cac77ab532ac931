import { stat } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { APP_ROOT, type AppMount, type BootMessage, CONTAINER_PORT } from './contract.ts';
import { type OperatorSettings, parseOperator } from './operator.ts';
import { openPanel } from './panel/open-panel.ts';
import type { Panel } from './panel/panel.ts';
import type { ResolvedMount } from './project/folders.ts';
import { resolveInRoot } from './project/resolve-in-root.ts';
import { type ContainerSettings, containerSettings } from './serve-args.ts';
import type { Log } from './server/log.ts';
import { ProjectServer } from './server/project-server.ts';
import { limits } from './settings.ts';
import type { SpareThread } from './worker/spare-thread.ts';

/** What a container runs once it is prepared. */
export interface ContainerApp {
  /** Resolves when it listens or runs. */
  start(): Promise<void>;
  /** Exit code, when it ends by itself. */
  readonly ended: Promise<number>;
  /** Ends it in its own way and answers the exit code. */
  signal(number: number): Promise<number>;
}

interface ContainerMount extends ResolvedMount {
  /** As the container's spec names it. */
  readonly destination: string;
}

const DRAINING_SIGNALS: ReadonlySet<number> = new Set([constants.signals.SIGTERM, constants.signals.SIGINT]);

export interface ContainerContext {
  readonly log: Log;
  /** A guest thread that was started ahead, for a project. */
  readonly spare?: SpareThread;
  readonly appRoot?: string;
}

/** Prepares what the container is for. Rejects with a message for whoever asked for it. */
export async function bootContainer(boot: BootMessage, context: ContainerContext): Promise<ContainerApp> {
  const { appRoot = APP_ROOT } = context;
  const { kind, path: name } = boot.entrypoint;
  const operator = boot.operator ?? {};
  if (kind === 'module') {
    const mounts = mountsIn(appRoot, boot.mounts);
    return await commandApp(boot, name, appRoot, mounts, parseOperator(operator));
  }
  const environment = environmentOf(boot.env);
  const settings = containerSettings(boot.args.slice(1), environment, operator);
  if (settings.operator.log !== undefined) context.log.format = settings.operator.log;
  const mounts = mountsIn(appRoot, boot.mounts);
  return await projectApp(name, appRoot, { mounts, environment, settings }, context);
}

/** A command sees the image's root and each mount under its own name. */
async function commandApp(
  boot: BootMessage,
  name: string,
  appRoot: string,
  mounts: readonly ContainerMount[],
  operator: OperatorSettings,
): Promise<ContainerApp> {
  // A project does without any of this.
  const { prepareCommand } = await import('./command/run.ts');
  const command = await prepareCommand({
    file: await resolveInRoot(appRoot, name),
    name,
    args: boot.args,
    env: boot.env.filter((entry) => !entry.startsWith('WWS_')),
    preopens: [
      { guestPath: '/', hostPath: appRoot, writable: true },
      ...mounts.map(({ destination, path: hostPath, writable }) => ({
        guestPath: destination,
        hostPath,
        writable,
      })),
    ],
    ...(operator.limits.memory === undefined ? {} : { memory: operator.limits.memory }),
  });
  const { promise: ended, resolve, reject } = Promise.withResolvers<number>();
  return {
    start: async () => {
      command.run().then(resolve, reject);
    },
    ended,
    // The command answers for signals itself.
    signal: async () => await ended,
  };
}

interface ProjectParts {
  readonly mounts: readonly ContainerMount[];
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: ContainerSettings;
}

async function projectApp(
  name: string,
  appRoot: string,
  { mounts, environment, settings: { serve, operator } }: ProjectParts,
  { log, spare }: ContainerContext,
): Promise<ContainerApp> {
  const server = await ProjectServer.prepare({
    root: await projectDirectory(appRoot, name),
    boundary: appRoot,
    mounts,
    ignore: serve.ignore,
    environment,
    prefix: serve.prefix,
    cors: serve.cors,
    operator,
    limits: limits(operator.serverLimits),
    log,
    ...(spare === undefined ? {} : { spare }),
  });
  let panel: Panel | undefined;
  return {
    start: async () => {
      panel = await openPanel(operator.panel, server, log);
      if (panel !== undefined) log.line(`Panel: ${panel.url}`);
      // Naming "::" would load DNS and compile a regular expression for addresses: 10 ms of the start.
      await server.listen({ port: serve.port ?? CONTAINER_PORT });
    },
    ended: new Promise(() => {}),
    signal: async (number) => {
      if (!DRAINING_SIGNALS.has(number)) return 128 + number;
      await server.drain();
      panel?.close();
      return 0;
    },
  };
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

/** The shim had the kernel resolve where they are, with the image as root. */
function mountsIn(appRoot: string, mounts: readonly AppMount[]): readonly ContainerMount[] {
  return mounts.map(({ destination, path: where, writable }) => {
    return { destination, path: path.join(appRoot, where), writable };
  });
}

function environmentOf(env: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    env.map((entry) => {
      const [name = '', ...value] = entry.split('=');
      return [name, value.join('=')];
    }),
  );
}
