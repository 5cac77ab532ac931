import { type Bounds, checkUsage, sizeOf, type Usage } from './bounds.ts';
import { KvError } from './kv-error.ts';
import { type KvOperation, type KvReply, listKeys } from './operation.ts';
import type { Change, Snapshot } from './snapshot.ts';

/** The entries of one namespace, for stores whose steps are taken in this process. */
export interface Entries {
  readonly usage: Usage;
  get(key: string): string | undefined;
  keys(): Iterable<string>;
  set(key: string, value: string): void;
  delete(key: string): void;
}

/** Takes one step; changes nothing when it throws. Keys and values are checked already. */
export function operate(
  namespace: string,
  entries: Entries,
  operation: KvOperation,
  bounds: Bounds,
): KvReply {
  switch (operation.type) {
    case 'get':
      return entries.get(operation.key) ?? null;
    case 'put':
      put(namespace, entries, operation.key, operation.value, bounds);
      return null;
    case 'delete': {
      const existed = entries.get(operation.key) !== undefined;
      if (existed) entries.delete(operation.key);
      return existed;
    }
    case 'list':
      return listKeys(entries.keys(), operation);
    case 'increment': {
      const { key, by } = operation;
      const sum = added(key, entries.get(key), by);
      put(namespace, entries, key, String(sum), bounds);
      return sum;
    }
    case 'compareAndSet': {
      const { key, expected, value } = operation;
      if ((entries.get(key) ?? null) !== expected) return false;
      if (value !== null) put(namespace, entries, key, value, bounds);
      else if (expected !== null) entries.delete(key);
      return true;
    }
  }
}

function put(namespace: string, entries: Entries, key: string, value: string, bounds: Bounds): void {
  const old = entries.get(key);
  const grown = sizeOf(value) - (old === undefined ? -sizeOf(key) : sizeOf(old));
  const { keys, bytes } = entries.usage;
  const usage = { keys: keys + (old === undefined ? 1 : 0), bytes: bytes + grown };
  if (grown > 0) checkUsage(namespace, usage, bounds);
  entries.set(key, value);
}

/** Numbers are stored as decimal text, and only those that JavaScript counts exactly. */
function added(key: string, stored: string | undefined, by: number): number {
  const number = stored === undefined ? 0 : Number(stored);
  if (stored !== undefined && !(/^-?\d{1,16}$/.test(stored) && Number.isSafeInteger(number))) {
    throw new KvError('value', `Cannot increment ${JSON.stringify(key)}: its value is no whole number`);
  }
  const sum = number + by;
  if (!Number.isSafeInteger(sum)) {
    throw new KvError('value', `Cannot increment ${JSON.stringify(key)}: the sum is too large`);
  }
  return sum;
}

/** Applies a change; throws before anything is changed when the outcome is more than `bounds` allow. */
export function applyChange(namespace: string, entries: Entries, change: Change, bounds: Bounds): void {
  const set = Object.entries(change.type === 'replace' ? change.entries : change.set);
  const remove = change.type === 'merge' ? change.remove : absent(entries, change.entries, change.keep);
  const before = entries.usage;
  let { keys, bytes } = before;
  for (const key of remove) {
    const old = entries.get(key);
    if (old === undefined) continue;
    keys -= 1;
    bytes -= sizeOf(key) + sizeOf(old);
  }
  const changed = set.filter(([key, value]) => {
    const old = entries.get(key);
    if (old === value) return false;
    if (old === undefined) keys += 1;
    bytes += sizeOf(value) - (old === undefined ? -sizeOf(key) : sizeOf(old));
    return true;
  });
  // What shrinks is never refused: it may be the way back below the bounds.
  if (keys > before.keys || bytes > before.bytes) checkUsage(namespace, { keys, bytes }, bounds);
  for (const key of remove) entries.delete(key);
  for (const [key, value] of changed) entries.set(key, value);
}

function absent(entries: Entries, wanted: Snapshot, keep: readonly string[]): readonly string[] {
  const kept = new Set(keep);
  return [...entries.keys()].filter((key) => !Object.hasOwn(wanted, key) && !kept.has(key));
}
