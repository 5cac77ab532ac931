import { formatBytes } from '#runtime/wasi/limits.ts';
import { KvError } from './kv-error.ts';

/** What a namespace may hold when one worker reads or writes it. */
export interface Bounds {
  /** Entries. */
  readonly keys: number;
  /** Of all keys and values together. */
  readonly bytes: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
}

export interface Usage {
  readonly keys: number;
  /** Of keys and values in UTF-8. */
  readonly bytes: number;
}

export function sizeOf(text: string): number {
  return Buffer.byteLength(text);
}

/** @throws KvError `limit` */
export function checkUsage(namespace: string, { keys, bytes }: Usage, bounds: Bounds): void {
  if (keys > bounds.keys) {
    throw new KvError('limit', `K/V namespace "${namespace}" may hold ${bounds.keys} keys, not ${keys}`);
  }
  if (bytes > bounds.bytes) {
    const most = formatBytes(bounds.bytes);
    throw new KvError('limit', `K/V namespace "${namespace}" may hold ${most}, not ${bytes} bytes`);
  }
}

/** @throws KvError `limit` */
export function checkKey(namespace: string, key: string, { keyBytes }: Bounds): void {
  // No character of UTF-16 is less than a byte of UTF-8: what is far too long is not measured.
  if (key.length <= keyBytes && sizeOf(key) <= keyBytes) return;
  throw new KvError('limit', `A key in K/V namespace "${namespace}" is longer than ${formatBytes(keyBytes)}`);
}

/** @throws KvError `limit` */
export function checkEntry(namespace: string, key: string, value: string, bounds: Bounds): void {
  checkKey(namespace, key, bounds);
  if (value.length <= bounds.valueBytes && sizeOf(value) <= bounds.valueBytes) return;
  const most = formatBytes(bounds.valueBytes);
  throw new KvError(
    'limit',
    `The value of ${JSON.stringify(key)} in K/V namespace "${namespace}" is larger than ${most}`,
  );
}
