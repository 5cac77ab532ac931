import type { ProjectStore } from '#runtime/kv/project-store.ts';
import type { StoreTarget } from '#runtime/kv/store-url.ts';
import type { LoadOptions } from '#runtime/project/load.ts';
import type { Limits } from '#runtime/settings.ts';
import type { Log } from './log.ts';

export interface SiteStoreOptions extends Pick<LoadOptions, 'boundary' | 'mounts' | 'operator'> {
  readonly limits: Limits;
  readonly log: Log;
}

/**
 * The K/V store of a server. It is opened for the first worker that needs it, and stays when the project is read
 * anew: what is in memory outlives a reload.
 */
export class SiteStore {
  readonly #target: StoreTarget;
  readonly #options: SiteStoreOptions;
  #store: Promise<ProjectStore> | undefined;

  private constructor(target: StoreTarget, options: SiteStoreOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** Rejects when the operator's URL makes no sense, whether or not any worker has a use for it. */
  static async find(options: SiteStoreOptions): Promise<SiteStore> {
    const url = options.operator?.kv;
    if (url === undefined) return new SiteStore({ kind: 'memory' }, options);
    const { parseStoreUrl } = await import('#runtime/kv/store-url.ts');
    const { placeStore } = await import('#runtime/project/store-place.ts');
    return new SiteStore(await placeStore(parseStoreUrl(url), options), options);
  }

  /** The file it is in, if it is in one. */
  get file(): string | undefined {
    return this.#target.kind === 'file' ? this.#target.path : undefined;
  }

  async open(): Promise<ProjectStore> {
    this.#store ??= this.#open();
    return await this.#store;
  }

  async close(): Promise<void> {
    await (await this.#store)?.close();
  }

  async #open(): Promise<ProjectStore> {
    const { openStore } = await import('#runtime/kv/open-store.ts');
    const { limits, log } = this.#options;
    return await openStore(this.#target, limits, (line) => log.line(line));
  }
}
