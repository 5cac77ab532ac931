/** wws's store: a copy of the namespace comes with the request and goes back with the answer. */
declare const Cache: {
  get(key: string): string | undefined;
  set(key: string, value: string | number | boolean): void;
  /** Whether there was such an entry. */
  delete(key: string): boolean;
  /** In order. */
  keys(): string[];
  list(options?: { prefix?: string }): { keys: { name: string }[]; list_complete: true };
};

type KvValue = string | number | boolean;

/** The namespace itself: each call is one step of the store. */
declare const KV: {
  get(key: string, type?: 'text' | { type?: 'text' }): Promise<string | null>;
  get<T = unknown>(key: string, type: 'json' | { type: 'json' }): Promise<T | null>;
  put(key: string, value: KvValue): Promise<void>;
  /** Whether there was such an entry. */
  delete(key: string): Promise<boolean>;
  list(options?: {
    prefix?: string;
    limit?: number;
    cursor?: string | null;
  }): Promise<
    | { keys: { name: string }[]; list_complete: true; cursor?: undefined }
    | { keys: { name: string }[]; list_complete: false; cursor: string }
  >;
  /** Adds a whole number; the sum. What is absent counts as 0. */
  increment(key: string, by?: number): Promise<number>;
  /** Sets an entry if it is as expected; whether it was. null stands for no entry. */
  compareAndSet(key: string, expected: KvValue | null, value: KvValue | null): Promise<boolean>;
};
