import type { KvRunner, KvStepReport } from '#runtime/kv/kv-runner.ts';
import type { OutboundOptions } from '#runtime/outbound/outbound-http.ts';
import { outboundService } from '#runtime/outbound/outbound-service.ts';
import { type LoadOptions, loadProject, type ProjectWorker } from '#runtime/project/load.ts';
import { Router } from '#runtime/router/match.ts';
import { normalisePrefix } from '#runtime/router/route.ts';
import type { Limits } from '#runtime/settings.ts';
import type { RuntimeState } from '#runtime/telemetry/metrics.ts';
import type { Telemetry } from '#runtime/telemetry/telemetry.ts';
import type { GuestSpec } from '#runtime/worker/guest.ts';
import type { GuestRunner } from '#runtime/worker/outcome.ts';
import { WorkerPool } from '#runtime/worker/pool.ts';
import type { SourceFile } from '#runtime/worker/source-file.ts';
import type { SpareThread } from '#runtime/worker/spare-thread.ts';
import { Assets } from './assets.ts';
import type { Log } from './log.ts';
import { reportedOutbound } from './reported-outbound.ts';
import type { ServedWorker } from './served-route.ts';
import type { Site, SiteWorker } from './site.ts';
import { SiteScratch } from './site-scratch.ts';
import type { SiteStore } from './site-store.ts';
import { storeWarnings } from './store-warnings.ts';

export interface SiteOptions extends LoadOptions {
  readonly limits: Limits;
  readonly prefix: string;
  readonly cors: readonly string[];
  readonly log: Log;
  readonly telemetry: Telemetry;
  readonly store: SiteStore;
  /** Whether a problem of the project is to be logged: one that was there before a reload may be known. */
  readonly isNews?: (problem: string) => boolean;
  /** URL of a module that loads guests, in place of the languages built in. */
  readonly loader?: string;
  /** A guest thread that was started ahead. */
  readonly spare?: SpareThread;
  /** See `PoolOptions`. */
  readonly watchdog?: boolean;
  /** How outbound requests find and trust other hosts, in place of the system's ways. */
  readonly outbound?: Pick<OutboundOptions, 'resolver' | 'ca'>;
}

/** Calls of workers by their names. */
export type SiteLoad = Pick<RuntimeState, 'threads' | 'waiting' | 'open'>;

/** A site with the threads behind it. */
export interface OpenSite {
  readonly site: Site;
  /** Of the project, absolute. */
  readonly root: string;
  /** In the order their routes are asked. */
  readonly workers: readonly ServedWorker[];
  /** Why workers could not be loaded, by name, as far as it was tried. */
  readonly problems: ReadonlyMap<string, string>;
  readonly publicDirectory: string | undefined;
  /** Files that workers were loaded from beside their own, by name. */
  readonly sources: () => ReadonlyMap<string, SourceFile>;
  /** How busy its threads are. */
  readonly load: () => SiteLoad;
  /** Settles when every worker is loaded or has failed. */
  readonly loaded: Promise<void>;
  /** Waits for what workers do after their answers, in milliseconds at the longest. */
  finish(ms: number): Promise<void>;
  /** Ends its threads and all that they run. */
  close(): Promise<void>;
}

/** Scans a project, reads configurations and begins to load the workers. */
export async function openSite(options: SiteOptions): Promise<OpenSite> {
  const { log, limits, telemetry } = options;
  const project = await loadProject(options);
  const tell = (problem: string): void => {
    if (options.isNews?.(problem) !== false) log.line(problem);
  };
  for (const warning of project.warnings) tell(warning);

  const scratch = await SiteScratch.for(project.workers);
  const specs: GuestSpec[] = [];
  const prefix = normalisePrefix(options.prefix);
  const router = new Router(project.workers.map((worker) => entryOf(worker, prefix, specs, scratch)));
  for (const { value } of router.shadowed) {
    tell(`Cannot serve worker "${value.name}": another one has the route "${value.path}"`);
  }
  const { http, close: closeOutbound } = outboundService({
    workers: specs,
    egress: options.operator?.egress ?? [],
    log: (line) => log.line(line),
    ...options.outbound,
  });
  const problems = new Map<string, string>();
  let stored: KvRunner | undefined;
  const pool = new WorkerPool({
    specs,
    limits,
    services: {
      http: reportedOutbound(http, specs, telemetry),
      kv: async (guest, operation) => {
        if (stored === undefined)
          throw new Error('The worker has no K/V namespace: write one into [data.kv]');
        return await stored.operate(guest, operation);
      },
    },
    ...(options.loader === undefined ? {} : { loader: options.loader }),
    ...(options.spare === undefined ? {} : { spare: options.spare }),
    ...(options.watchdog === undefined ? {} : { watchdog: options.watchdog }),
    onThread: (what, guest) => {
      if (!telemetry.isObserved) return;
      telemetry.event({ kind: 'thread', what, worker: guest === undefined ? undefined : specs[guest]?.name });
    },
    onProblem: (guest, problem) => {
      const name = specs[guest]?.name ?? '';
      problems.set(name, problem);
      tell(`Cannot load worker "${name}": ${problem}`);
    },
    onRest: (guest, { stderr, limits: met }) => {
      const name = specs[guest]?.name ?? '';
      log.said(name, stderr);
      for (const limit of met ?? []) telemetry.limit(limit, name);
    },
  });
  // A thread takes its time to start, so this comes first. The shortest route, `/`, is what is asked for first.
  const guests = router.entries.map(({ value }) => value.guest);
  const loaded = pool.preload(guests.filter((guest) => typeof guest === 'number'));
  if (specs.some(({ kv }) => kv !== undefined)) {
    for (const warning of storeWarnings(specs, options.store.file)) tell(warning);
    stored = await withStore(pool, specs, options);
  }
  const { publicDirectory } = project;
  const site: Site = {
    router,
    prefix: prefix.split('/').filter((segment) => segment !== ''),
    assets: publicDirectory === undefined ? undefined : await Assets.open(publicDirectory, limits),
    runner: stored ?? pool,
    cors: options.cors,
    limits,
    log,
    telemetry,
  };
  const workers = router.entries.map(({ value }) => servedWorker(value, specs));
  const load = (): SiteLoad => {
    const { open, ...rest } = pool.load;
    return { ...rest, open: specs.map(({ name }, guest) => [name, open[guest] ?? 0] as const) };
  };
  const sources = (): ReadonlyMap<string, SourceFile> => pool.sources;
  const { root } = project;
  const close = async (): Promise<void> => {
    await Promise.all([pool.close(), closeOutbound()]);
    scratch?.[Symbol.dispose]();
  };
  const finish = (ms: number): Promise<void> => pool.finish(ms);
  return { site, root, workers, problems, publicDirectory, sources, load, loaded, finish, close };
}

function servedWorker({ name, path, guest }: SiteWorker, specs: readonly GuestSpec[]): ServedWorker {
  if (typeof guest !== 'number') return { name, path, guest };
  return { name, path, guest: specs[guest] ?? { problem: 'there is no such guest' } };
}

/** Most projects have no store, and load nothing for it. */
async function withStore(
  runner: GuestRunner,
  specs: readonly GuestSpec[],
  { store, telemetry }: SiteOptions,
): Promise<KvRunner> {
  const { KvRunner } = await import('#runtime/kv/kv-runner.ts');
  const report = (step: KvStepReport): void => telemetry.event({ kind: 'kv', ...step });
  return new KvRunner({
    runner,
    specs,
    store: await store.open(),
    report: () => (telemetry.isObserved ? report : undefined),
  });
}

/** Guests are numbered in the order they are met. */
function entryOf(
  { name, route, guest }: ProjectWorker,
  prefix: string,
  specs: GuestSpec[],
  scratch: SiteScratch | undefined,
): { route: ProjectWorker['route']; value: SiteWorker } {
  const path = route.path === '/' ? prefix || '/' : `${prefix}${route.path}`;
  if ('problem' in guest) return { route, value: { name, path, guest, takesBytes: false } };
  const takesBytes = guest.language === 'javascript' || guest.binaryBodies;
  const spec = scratch === undefined ? guest : { ...guest, scratch: scratch.directory };
  return { route, value: { name, path, guest: specs.push(spec) - 1, takesBytes } };
}
