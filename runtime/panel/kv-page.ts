import type { KvContents } from './kv-contents.ts';

/** Entries of one page, and how much of a key and a value is shown. */
const PAGE_ENTRIES = 50;
const KEY_CHARACTERS = 1_024;
const VALUE_CHARACTERS = 2_048;

export interface KvPage {
  readonly namespace: string;
  readonly entries: readonly KvEntry[];
  /** To ask with for the next page; null on the last one. */
  readonly next: string | null;
}

export interface KvEntry {
  readonly key: string;
  readonly value: string;
  /** UTF-8 bytes of the whole value, of which `value` may be the beginning. */
  readonly bytes: number;
  readonly isCut: boolean;
}

/** Entries in the order of their keys, behind `after`. */
export async function kvPage(
  contents: KvContents,
  namespace: string,
  { prefix, after }: { readonly prefix: string; readonly after: string },
): Promise<KvPage> {
  const { keys, complete } = await contents.keys(namespace, { prefix, after, limit: PAGE_ENTRIES });
  const entries: KvEntry[] = [];
  // One after the other: workers need the store more than we do.
  for (const key of keys) {
    const value = await contents.value(namespace, key);
    if (value !== undefined) entries.push(entryOf(key, value));
  }
  return { namespace, entries, next: complete ? null : (keys.at(-1) ?? null) };
}

function entryOf(key: string, value: string): KvEntry {
  return {
    key: key.slice(0, KEY_CHARACTERS),
    value: value.slice(0, VALUE_CHARACTERS),
    bytes: Buffer.byteLength(value),
    isCut: value.length > VALUE_CHARACTERS || key.length > KEY_CHARACTERS,
  };
}
