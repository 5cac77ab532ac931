import type { AddressInfo } from 'node:net';
import type { ListenOptions } from '#runtime/listen.ts';
import { type Limits, limits } from '#runtime/settings.ts';
import type { Metrics, RuntimeState } from '#runtime/telemetry/metrics.ts';
import type { MetricsServer } from '#runtime/telemetry/metrics-server.ts';
import { Telemetry } from '#runtime/telemetry/telemetry.ts';
import type { SourceFile } from '#runtime/worker/source-file.ts';
import { HttpServer } from './http-server.ts';
import { type OpenSite, openSite, type SiteOptions } from './open-site.ts';
import { type ServedRoute, type ServedWorker, servedRoute } from './served-route.ts';
import { SiteStore } from './site-store.ts';

export type { ServedRoute } from './served-route.ts';

export interface ProjectServerOptions extends Omit<SiteOptions, 'limits' | 'telemetry' | 'store'> {
  readonly limits?: Limits;
  /** Who is told of what happens; by default nobody. */
  readonly telemetry?: Telemetry;
}

type IsCurrent = (sources: ReadonlyMap<string, SourceFile>) => Promise<boolean>;

/** A project on its way from a directory to a listening server. */
export class ProjectServer {
  readonly #options: SiteOptions;
  readonly #http: HttpServer;
  readonly #metrics: Metrics | undefined;
  #metricsServer: MetricsServer | undefined;
  #site: OpenSite;
  /** Replaced, and still with requests under way. */
  readonly #retiring = new Set<OpenSite>();
  /** Reloads happen one after the other. */
  #reloads: Promise<unknown> = Promise.resolve();
  #isDraining = false;

  private constructor(options: SiteOptions, site: OpenSite, metrics: Metrics | undefined) {
    this.#metrics = metrics;
    this.#options = options;
    this.#site = site;
    this.#http = new HttpServer(site.site);
  }

  /** Scans, reads configurations and begins to load the workers. Does not listen. */
  static async prepare(options: ProjectServerOptions): Promise<ProjectServer> {
    const { limits: caps = limits(), telemetry = new Telemetry(), ...rest } = options;
    const store = await SiteStore.find({ ...rest, limits: caps });
    const whole = { ...rest, limits: caps, telemetry, store };
    const metrics = options.operator?.metrics === undefined ? undefined : await observed(telemetry);
    return new ProjectServer(whole, await openSite(whole), metrics);
  }

  /** In the order they are asked. */
  get routes(): readonly ServedRoute[] {
    return this.#site.workers.map(servedRoute);
  }

  /** The same, with all that is known of them; another list after a reload. */
  get workers(): readonly ServedWorker[] {
    return this.#site.workers;
  }

  /** Why workers could not be loaded, by name, as far as it was tried. */
  get problems(): ReadonlyMap<string, string> {
    return this.#site.problems;
  }

  /** Files that workers were loaded from beside their own, by name, as far as they are loaded. */
  get sources(): ReadonlyMap<string, SourceFile> {
    return this.#site.sources();
  }

  /** Of the project, absolute. */
  get root(): string {
    return this.#site.root;
  }

  get publicDirectory(): string | undefined {
    return this.#site.publicDirectory;
  }

  /** Settles when every worker is loaded or has failed; nobody needs to wait for it. */
  get loaded(): Promise<void> {
    return this.#site.loaded;
  }

  /** Of all workers that name a K/V namespace. */
  get store(): SiteStore {
    return this.#options.store;
  }

  get telemetry(): Telemetry {
    return this.#options.telemetry;
  }

  /** Where metrics are served, once it listens. */
  get metricsPort(): number | undefined {
    return this.#metricsServer?.port;
  }

  /** Listens, and where metrics are wanted, for those who read them. */
  async listen(on: ListenOptions): Promise<AddressInfo> {
    await this.#serveMetrics(on.host);
    return await this.#http.listen(on);
  }

  async #serveMetrics(host: string | undefined): Promise<void> {
    const address = this.#options.operator?.metrics;
    const metrics = this.#metrics;
    if (address === undefined || metrics === undefined) return;
    const { MetricsServer } = await import('#runtime/telemetry/metrics-server.ts');
    const at = address.host ?? host;
    this.#metricsServer = await MetricsServer.listen(
      { ...(at === undefined ? {} : { host: at }), port: address.port },
      () => metrics.text(this.#state()),
    );
  }

  #state(): RuntimeState {
    return {
      ...this.#site.load(),
      connections: this.#http.connections,
      droppedLogEntries: this.#options.log.dropped,
    };
  }

  /**
   * Reads the project anew and, when its workers are loaded, serves it in place of what was served. No request
   * is dropped: those under way finish on the old one. Rejects, and changes nothing, when the project cannot be
   * read. `isCurrent` is asked when all is loaded, and told from which files: by then it may have changed once
   * more. Answers whether the new one is served.
   */
  async reload(isCurrent: IsCurrent = async () => true): Promise<boolean> {
    const reload = this.#reloads.then(() => this.#reload(isCurrent));
    this.#reloads = reload.catch(() => {});
    return await reload;
  }

  async #reload(isCurrent: IsCurrent): Promise<boolean> {
    if (this.#isDraining) return false;
    const next = await openSite(this.#options);
    let isServed = false;
    try {
      await next.loaded;
      isServed = (await isCurrent(next.sources())) && !this.#isDraining;
    } finally {
      if (!isServed) void next.close();
    }
    if (!isServed) return false;
    const old = this.#site;
    this.#site = next;
    this.#retiring.add(old);
    void this.#http.replace(next.site).then(async () => {
      await old.finish(this.#options.limits.drainMs);
      this.#retiring.delete(old);
      await old.close();
    });
    return true;
  }

  /** Finishes what is under way, within the time for it, and stops. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    const end = performance.now() + this.#options.limits.drainMs;
    await this.#http.drain(this.#options.limits.drainMs);
    const sites = [this.#site, ...this.#retiring];
    await Promise.all(sites.map((site) => site.finish(end - performance.now())));
    // A thread that hangs in the kernel must not hold up the end.
    // To the last, whoever watches sees how the drain goes.
    this.#metricsServer?.close();
    for (const site of sites) void site.close();
    await this.#options.store.close();
  }
}

/** Most projects are not measured, and load nothing for it. */
async function observed(telemetry: Telemetry): Promise<Metrics> {
  const { Metrics } = await import('#runtime/telemetry/metrics.ts');
  const metrics = new Metrics();
  telemetry.observe(metrics);
  return metrics;
}
