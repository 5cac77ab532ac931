/** All entries of a namespace. Without a prototype: `__proto__` is a key like any other. */
export type Snapshot = Readonly<Record<string, string>>;

/** What becomes of a namespace: these entries and no others but those kept, or some set and some removed. */
export type Change =
  | { readonly type: 'replace'; readonly entries: Snapshot; readonly keep: readonly string[] }
  | { readonly type: 'merge'; readonly set: Snapshot; readonly remove: readonly string[] };

export function snapshotOf(entries: Iterable<readonly [string, string]>): Snapshot {
  const snapshot: Record<string, string> = Object.create(null);
  for (const [key, value] of entries) snapshot[key] = value;
  return snapshot;
}

/**
 * The entries as any store can hold them: text without lone surrogates, which UTF-8 cannot say. Keys that were
 * told apart only by those become one.
 */
export function wellFormed(entries: Snapshot): Snapshot {
  const pairs = Object.entries(entries);
  if (pairs.every(([key, value]) => key.isWellFormed() && value.isWellFormed())) return entries;
  return snapshotOf(pairs.map(([key, value]) => [key.toWellFormed(), value.toWellFormed()] as const));
}

/** What leads from one to the other, but for what is kept; undefined when nothing does. */
export function difference(
  before: Snapshot,
  after: Snapshot,
  keep: readonly string[],
): Extract<Change, { type: 'merge' }> | undefined {
  const kept = new Set(keep);
  const isNew = ([key, value]: readonly [string, string]): boolean =>
    !kept.has(key) && (!Object.hasOwn(before, key) || before[key] !== value);
  const set = Object.entries(after).filter(isNew);
  const remove = Object.keys(before).filter((key) => !kept.has(key) && !Object.hasOwn(after, key));
  if (set.length === 0 && remove.length === 0) return undefined;
  return { type: 'merge', set: snapshotOf(set), remove };
}

/** A change that replaces a namespace, but for what is kept. */
export function replacement(entries: Snapshot, keep: readonly string[]): Change {
  if (keep.length === 0) return { type: 'replace', entries, keep };
  const kept = new Set(keep);
  const others = Object.entries(entries).filter(([key]) => !kept.has(key));
  return { type: 'replace', entries: snapshotOf(others), keep };
}
