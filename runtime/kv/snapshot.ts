/** All entries of a namespace. Without a prototype: `__proto__` is a key like any other. */
export type Snapshot = Readonly<Record<string, string>>;

/** What becomes of a namespace: these entries and no others, or some set and some removed. */
export type Change =
  | { readonly type: 'replace'; readonly entries: Snapshot }
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

/** What leads from one to the other; undefined when they are equal. */
export function difference(
  before: Snapshot,
  after: Snapshot,
): Extract<Change, { type: 'merge' }> | undefined {
  const set = Object.entries(after).filter(
    ([key, value]) => !Object.hasOwn(before, key) || before[key] !== value,
  );
  const remove = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  if (set.length === 0 && remove.length === 0) return undefined;
  return { type: 'merge', set: snapshotOf(set), remove };
}
