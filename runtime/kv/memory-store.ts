import { type Bounds, checkUsage, sizeOf } from './bounds.ts';
import { applyChange, type Entries, operate } from './operate.ts';
import type { KvOperation, KvReplies } from './operation.ts';
import { type Change, type Snapshot, snapshotOf } from './snapshot.ts';
import type { Store } from './store.ts';

/** The store there is by itself: in this process, gone with it. It answers at once. */
export class MemoryStore implements Store {
  readonly name: string = 'memory:';
  readonly #namespaces = new Map<string, MemoryEntries>();

  read(namespace: string, bounds: Bounds): Snapshot {
    const entries = this.#entriesOf(namespace);
    checkUsage(namespace, entries.usage, bounds);
    return entries.snapshot();
  }

  write(namespace: string, change: Change, bounds: Bounds): void {
    applyChange(namespace, this.#entriesOf(namespace), change, bounds);
  }

  operate<O extends KvOperation>(namespace: string, operation: O, bounds: Bounds): KvReplies[O['type']] {
    const reply = operate(namespace, this.#entriesOf(namespace), operation, bounds);
    return reply as KvReplies[O['type']];
  }

  async close(): Promise<void> {
    this.#namespaces.clear();
  }

  #entriesOf(namespace: string): MemoryEntries {
    let entries = this.#namespaces.get(namespace);
    if (entries === undefined) {
      entries = new MemoryEntries();
      this.#namespaces.set(namespace, entries);
    }
    return entries;
  }
}

class MemoryEntries implements Entries {
  readonly #map = new Map<string, string>();
  #bytes = 0;
  /** Kept while nothing changes: it goes with every request. */
  #snapshot: Snapshot | undefined;

  get usage(): { readonly keys: number; readonly bytes: number } {
    return { keys: this.#map.size, bytes: this.#bytes };
  }

  snapshot(): Snapshot {
    this.#snapshot ??= Object.freeze(snapshotOf(this.#map));
    return this.#snapshot;
  }

  get(key: string): string | undefined {
    return this.#map.get(key);
  }

  keys(): Iterable<string> {
    return this.#map.keys();
  }

  set(key: string, value: string): void {
    this.delete(key);
    this.#map.set(key, value);
    this.#bytes += sizeOf(key) + sizeOf(value);
  }

  delete(key: string): void {
    const old = this.#map.get(key);
    this.#snapshot = undefined;
    if (old === undefined) return;
    this.#map.delete(key);
    this.#bytes -= sizeOf(key) + sizeOf(old);
  }
}
