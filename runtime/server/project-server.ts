import type { AddressInfo } from 'node:net';
import { type LoadOptions, loadProject, type ProjectWorker } from '#runtime/project/load.ts';
import { Router } from '#runtime/router/match.ts';
import { normalisePrefix } from '#runtime/router/route.ts';
import { limits } from '#runtime/settings.ts';
import type { GuestSpec } from '#runtime/worker/guest.ts';
import { WorkerPool } from '#runtime/worker/pool.ts';
import type { SpareThread } from '#runtime/worker/spare-thread.ts';
import { Assets } from './assets.ts';
import type { SiteWorker } from './handler.ts';
import { HttpServer, type ListenOptions } from './http-server.ts';
import type { Log } from './log.ts';

export interface ProjectServerOptions extends LoadOptions {
  readonly prefix: string;
  readonly cors: readonly string[];
  readonly log: Log;
  /** URL of a module that loads guests, in place of the languages built in. */
  readonly loader?: string;
  /** A guest thread that was started ahead. */
  readonly spare?: SpareThread;
}

/** A route as it is shown to people. */
export interface ServedRoute {
  readonly path: string;
  readonly worker: string;
}

/** A project on its way from a directory to a listening server. */
export class ProjectServer {
  /** In the order they are asked. */
  readonly routes: readonly ServedRoute[];
  readonly publicDirectory: string | undefined;
  /** Settles when every worker is loaded or has failed; nobody needs to wait for it. */
  readonly loaded: Promise<void>;
  readonly #http: HttpServer;
  readonly #pool: WorkerPool;
  readonly #drainMs: number;

  private constructor(
    parts: { http: HttpServer; pool: WorkerPool; drainMs: number; loaded: Promise<void> },
    routes: readonly ServedRoute[],
    publicDirectory: string | undefined,
  ) {
    this.#http = parts.http;
    this.#pool = parts.pool;
    this.#drainMs = parts.drainMs;
    this.routes = routes;
    this.publicDirectory = publicDirectory;
    this.loaded = parts.loaded;
  }

  /** Scans, reads configurations and begins to load the workers. Does not listen. */
  static async prepare(options: ProjectServerOptions): Promise<ProjectServer> {
    const { log } = options;
    const caps = options.limits ?? limits();
    const project = await loadProject(options);
    for (const warning of project.warnings) log.line(warning);

    const specs: GuestSpec[] = [];
    const prefix = normalisePrefix(options.prefix);
    const router = new Router(project.workers.map((worker) => entryOf(worker, prefix, specs)));
    for (const { value } of router.shadowed) {
      log.line(`Cannot serve worker "${value.name}": another one has the route "${value.path}"`);
    }
    const pool = new WorkerPool({
      specs,
      limits: caps,
      ...(options.loader === undefined ? {} : { loader: options.loader }),
      ...(options.spare === undefined ? {} : { spare: options.spare }),
      onProblem: (guest, problem) => log.line(`Cannot load worker "${specs[guest]?.name}": ${problem}`),
    });
    // A thread takes its time to start, so this comes first. The shortest route, `/`, is what is asked for first.
    const guests = router.entries.map(({ value }) => value.guest);
    const loaded = pool.preload(guests.filter((guest) => typeof guest === 'number'));
    const { publicDirectory } = project;
    const http = new HttpServer({
      router,
      prefix: prefix.split('/').filter((segment) => segment !== ''),
      assets: publicDirectory === undefined ? undefined : await Assets.open(publicDirectory),
      runner: pool,
      cors: options.cors,
      limits: caps,
      log,
    });
    const routes = router.entries.map(({ value }) => ({ path: value.path, worker: value.name }));
    return new ProjectServer({ http, pool, drainMs: caps.drainMs, loaded }, routes, publicDirectory);
  }

  async listen(on: ListenOptions): Promise<AddressInfo> {
    return await this.#http.listen(on);
  }

  /** Finishes what is under way, within the time for it, and stops. */
  async drain(): Promise<void> {
    await this.#http.drain(this.#drainMs);
    // A thread that hangs in the kernel must not hold up the end.
    void this.#pool.close();
  }
}

/** Guests are numbered in the order they are met. */
function entryOf(
  { name, route, guest }: ProjectWorker,
  prefix: string,
  specs: GuestSpec[],
): { route: ProjectWorker['route']; value: SiteWorker } {
  const path = route.path === '/' ? prefix || '/' : `${prefix}${route.path}`;
  if ('problem' in guest) return { route, value: { name, path, guest } };
  return { route, value: { name, path, guest: specs.push(guest) - 1 } };
}
