import type { Bounds } from './bounds.ts';
import type { KvOperation, KvReplies } from './operation.ts';
import type { Change, Snapshot } from './snapshot.ts';

export type MaybeLater<T> = T | Promise<T>;

/**
 * Namespaces of entries, text to text. Each step is taken as a whole or not at all, and a step that was answered is
 * seen by all that follow. Steps fail with KvError and nothing else; one that can be answered at once may throw.
 */
export interface Store {
  /** For people: where it is, without a password. */
  readonly name: string;

  /** All entries; none for a namespace that nobody has written. Fails when they are more than `bounds` allow. */
  read(namespace: string, bounds: Bounds): MaybeLater<Snapshot>;

  /** With a `turn`, only while that lasts, which ends with this. */
  write(namespace: string, change: Change, bounds: Bounds, turn?: Turn): MaybeLater<void>;

  operate<O extends KvOperation>(
    namespace: string,
    operation: O,
    bounds: Bounds,
  ): MaybeLater<KvReplies[O['type']]>;

  /**
   * For a store that other processes use as well: a turn that all of them respect; undefined while another has
   * it. Absent where turns within this process are enough.
   */
  readonly takeTurn?: (namespace: string) => Promise<Turn | undefined>;

  /** Steps that are under way may be lost. */
  close(): Promise<void>;
}

/** Leave to be the only one that changes a namespace by reading it first. */
export interface Turn {
  /** What others know it by. */
  readonly token: string;
  /** Lets the next one have it, if it was not given up by a write. Never rejects. */
  release(): Promise<void>;
}

/** How long and for how many a store is waited for that does not answer at once. */
export interface StorePatience {
  /** Milliseconds for one step, waiting included. */
  readonly stepMs: number;
  /** Steps under way at once. */
  readonly steps: number;
}
