import { parseJson, valuesFor } from '#runtime/worker/parse-json.ts';

/** A worker's copy of its K/V namespace, as it gives it back. */
export interface StoreCopy {
  readonly entries: Readonly<Record<string, string>>;
  /** Keys that stay as they are in the store. */
  readonly kept: readonly string[];
}

/** Reads what `changedStore` wrote, with which a worker may have tampered; `keys` is how many there may be. */
export function storeCopy(text: string, keys: number): StoreCopy {
  const { entries, kept } = Object(parseJson(text, valuesFor(keys))) as { entries?: unknown; kept?: unknown };
  const copy: Record<string, string> = Object.create(null);
  for (const [key, value] of Object.entries(Object(entries))) {
    if (typeof value !== 'string') throw new TypeError('The copy of the K/V store holds what is no text');
    copy[key] = value;
  }
  return { entries: copy, kept: Array.isArray(kept) ? kept.map(String) : [] };
}
