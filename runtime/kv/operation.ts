/**
 * One step on the entries of a namespace, taken at once and as a whole, beside the copy that a request works on.
 * Data only: it crosses threads. A guest never names the namespace.
 */
export type KvOperation =
  | { readonly type: 'get'; readonly key: string }
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'delete'; readonly key: string }
  | ({ readonly type: 'list' } & KvListing)
  /** `by` is a whole number; what is absent counts as 0. */
  | { readonly type: 'increment'; readonly key: string; readonly by: number }
  /** null stands for an absent entry, on both sides. */
  | {
      readonly type: 'compareAndSet';
      readonly key: string;
      readonly expected: string | null;
      readonly value: string | null;
    };

/** Keys in the order of their UTF-16 code units. */
export interface KvListing {
  readonly prefix: string;
  /** At most this many. */
  readonly limit: number;
  /** Only keys behind this one; '' for all. */
  readonly after: string;
}

export interface KvKeys {
  readonly keys: readonly string[];
  /** False when there are more. */
  readonly complete: boolean;
}

/** What each operation comes to. */
export interface KvReplies {
  readonly get: string | null;
  readonly put: null;
  /** Whether there was an entry. */
  readonly delete: boolean;
  readonly list: KvKeys;
  /** The number that is stored now. */
  readonly increment: number;
  /** Whether the entry was as expected, and therefore set. */
  readonly compareAndSet: boolean;
}

export type KvReply = KvReplies[KvOperation['type']];

export function listKeys(keys: Iterable<string>, { prefix, limit, after }: KvListing): KvKeys {
  const found = [...keys].filter((key) => key.startsWith(prefix) && (after === '' || key > after)).sort();
  return { keys: found.slice(0, limit), complete: found.length <= limit };
}
