import { realpath } from 'node:fs/promises';
import { type FolderContext, resolveFolders } from '#runtime/project/folders.ts';
import { loadProject, type ProjectWorker } from '#runtime/project/load.ts';
import type { FolderConfig } from '#runtime/project/worker-config.ts';
import { Router } from '#runtime/router/match.ts';
import { normalisePrefix } from '#runtime/router/route.ts';
import { reasonOf, systemCode } from '../errors.ts';

/** A route as a container of the app will serve it, with what its worker may do. */
export interface AppRoute {
  /** With the prefix. */
  readonly path: string;
  /** Its file, below the project's directory. */
  readonly worker: string;
  /** `javascript`, `wasm`, or name and version of what was installed; undefined where that is not known. */
  readonly language?: string;
  /** Names of its variables. Values may be secrets. */
  readonly vars: readonly string[];
  readonly folders: readonly AppFolder[];
  /** Hosts it may send requests to. */
  readonly hosts: readonly string[];
  /** Namespace of its K/V store. */
  readonly kv?: string;
  /** Why it cannot run. */
  readonly problem?: string;
}

export interface AppFolder {
  /** As its configuration has it. */
  readonly from: string;
  /** Where the worker sees it. */
  readonly to: string;
  /** It is not in the app: a volume has to bring it. */
  readonly isMissing: boolean;
}

export interface AppRoutes {
  /** In the order they are asked. */
  readonly served: readonly AppRoute[];
  /** Workers that no request ever reaches, since another has the same route. */
  readonly shadowed: readonly ShadowedRoute[];
  readonly hasPublic: boolean;
  /** Those of `served` that are compiled, and are not known to fail yet. */
  readonly modules: readonly AppModule[];
  /** What the runtime will say of the project, one line each. */
  readonly warnings: readonly string[];
}

/** A compiled worker, and what the runtime reads it by. */
export interface AppModule {
  readonly worker: string;
  /** Absolute. */
  readonly file: string;
  /** Bytes of memory it may have. */
  readonly memory: number;
  /** Bytes its file may have. */
  readonly code: number;
  /** Whether there are hosts it may send requests to. */
  readonly maySend: boolean;
}

export interface ShadowedRoute {
  readonly path: string;
  readonly worker: string;
  /** The worker that answers in its place. */
  readonly by: string;
}

export interface AppPlace {
  /** Directory of the project. */
  readonly directory: string;
  /** Root of the image. */
  readonly root: string;
  readonly prefix?: string;
  readonly ignore?: readonly string[];
}

/** Reads a project by the runtime's own code, and routes it by the runtime's own router. */
export async function appRoutes({ directory, root, prefix = '', ignore = [] }: AppPlace): Promise<AppRoutes> {
  const folders = new FolderList();
  const project = await loadProject({
    root: directory,
    boundary: await realpath(root),
    ignore,
    mounts: [],
    // Names of variables are told and never values, so nothing is needed that they refer to.
    environment: {},
    foldersOf: folders.resolve,
  });
  const router = new Router(project.workers.map((worker) => ({ route: worker.route, value: worker })));
  const before = normalisePrefix(prefix);
  return {
    served: router.entries.map(({ value }) => routeOf(value, before, folders)),
    shadowed: router.shadowed.map(({ route, value }) => ({
      path: before + route.path,
      worker: value.name,
      by: winnerOf(router, value),
    })),
    hasPublic: project.publicDirectory !== undefined,
    modules: router.entries.flatMap(({ value }) => moduleOf(value)),
    warnings: project.warnings,
  };
}

/** Its own route, asked for as a path: whoever answers is in its place. */
function winnerOf(router: Router<ProjectWorker>, { route }: ProjectWorker): string {
  return router.match(route.segments.map(({ text }) => text))?.value.name ?? '';
}

function routeOf({ name, route, guest }: ProjectWorker, prefix: string, folders: FolderList): AppRoute {
  const common = { path: prefix + route.path, worker: name };
  if ('problem' in guest) return { ...common, vars: [], folders: [], hosts: [], problem: guest.problem };
  const { language, interpreter, vars, http, kv } = guest;
  return {
    ...common,
    language: interpreter === undefined ? language : `${interpreter.name} ${interpreter.version}`,
    vars: Object.keys(vars),
    folders: guest.folders.flatMap((folder) => folders.known.get(folder) ?? []),
    hosts: http.allowedHosts,
    ...(kv === undefined ? {} : { kv: kv.namespace }),
  };
}

function moduleOf({ name: worker, guest }: ProjectWorker): readonly AppModule[] {
  if ('problem' in guest || guest.language !== 'wasm') return [];
  const { file, limits, http } = guest;
  const maySend = http.allowedHosts.length > 0;
  return [{ worker, file, memory: limits.memory, code: limits.code, maySend }];
}

type Resolved = Awaited<ReturnType<typeof resolveFolders>>;

/** Folders of workers, those of volumes too: a volume is there when the container is. */
class FolderList {
  readonly known = new Map<Resolved[number], AppFolder>();

  readonly resolve = async (
    configs: readonly FolderConfig[],
    workerDirectory: string,
    context: FolderContext,
  ): Promise<Resolved> => {
    return await Promise.all(configs.map((config) => this.#one(config, workerDirectory, context)));
  };

  async #one(
    { from, to }: FolderConfig,
    workerDirectory: string,
    context: FolderContext,
  ): Promise<Resolved[number]> {
    let isMissing = false;
    const [found] = await resolveFolders([{ from, to }], workerDirectory, context).catch((error: unknown) => {
      const cause = error instanceof Error ? error.cause : undefined;
      if (systemCode(cause) !== 'ENOENT') throw new Error(reasonOf(error), { cause: error });
      isMissing = true;
      return [];
    });
    const folder = found ?? { guestPath: to, hostPath: '', writable: true };
    this.known.set(folder, { from, to, isMissing });
    return folder;
  }
}
