/** The K/V store as the panel may see it: nothing can be changed through it. */
export interface KvContents {
  /** For people: where it is, without a password. */
  name(): Promise<string>;
  /** Some of a namespace's keys, in order. */
  keys(namespace: string, listing: KvListing): Promise<KvKeys>;
  /** Undefined when there is no such entry, or no more. */
  value(namespace: string, key: string): Promise<string | undefined>;
}

export interface KvListing {
  readonly prefix: string;
  readonly limit: number;
  /** Only keys behind this one; '' for all. */
  readonly after: string;
}

export interface KvKeys {
  readonly keys: readonly string[];
  /** False when there are more. */
  readonly complete: boolean;
}
