import type { NamespaceUse, ProjectStore } from '#runtime/kv/project-store.ts';
import type { KvContents, KvKeys, KvListing } from './kv-contents.ts';

/** A store that is opened by whoever needs it first. */
export interface StoreToOpen {
  open(): Promise<ProjectStore>;
}

/** Looking changes nothing and is bounded by its pages, not by what a worker may store. */
const ANY = Number.MAX_SAFE_INTEGER;
const BOUNDS = { keys: ANY, bytes: ANY, keyBytes: ANY, valueBytes: ANY };

/** What the project's workers have stored, to be looked at. */
export class StoreContents implements KvContents {
  readonly #store: StoreToOpen;

  constructor(store: StoreToOpen) {
    this.#store = store;
  }

  async name(): Promise<string> {
    return (await this.#store.open()).name;
  }

  async keys(namespace: string, listing: KvListing): Promise<KvKeys> {
    const store = await this.#store.open();
    return (await store.operate(useOf(namespace), { type: 'list', ...listing })) as KvKeys;
  }

  async value(namespace: string, key: string): Promise<string | undefined> {
    const store = await this.#store.open();
    return ((await store.operate(useOf(namespace), { type: 'get', key })) as string | null) ?? undefined;
  }
}

function useOf(namespace: string): NamespaceUse {
  return { namespace, bounds: BOUNDS };
}
