import type { Table, TomlReader } from './toml-reader.ts';

/** `[data.kv]`: which store a worker shares with every other that names it. */
export interface KvConfig {
  readonly namespace: string;
  /**
   * `snapshot`: requests run side by side and the last answer replaces the store. `serial`: one request at a time
   * reads and replaces it, so that no write is lost.
   */
  readonly consistency: 'snapshot' | 'serial';
}

/** It is part of keys in a store and of lines in a log. */
const MAXIMUM_NAME = 256;

export function readKvConfig(reader: TomlReader, document: Table): KvConfig | undefined {
  const data = reader.table(document, ['data']);
  reader.expectKeys(data, ['data'], ['kv']);
  if (data['kv'] === undefined) return undefined;
  const at = ['data', 'kv'];
  const table = reader.table(data, at);
  reader.expectKeys(table, at, ['namespace', 'consistency']);
  const namespace = reader.string(table, [...at, 'namespace']);
  if (namespace === undefined || namespace === '') throw reader.error(at, 'Missing "namespace" of [data.kv]');
  if (namespace.length > MAXIMUM_NAME || /\p{Cc}/u.test(namespace)) {
    throw reader.error(
      [...at, 'namespace'],
      `"data.kv.namespace" must be at most ${MAXIMUM_NAME} characters, none of them a control`,
    );
  }
  const consistency = reader.string(table, [...at, 'consistency']) ?? 'snapshot';
  if (consistency !== 'snapshot' && consistency !== 'serial') {
    throw reader.error(
      [...at, 'consistency'],
      `"data.kv.consistency" must be "snapshot" or "serial", not "${consistency}"`,
    );
  }
  return { namespace, consistency };
}
