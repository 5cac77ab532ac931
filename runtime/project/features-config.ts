import type { Table, TomlReader } from './toml-reader.ts';

/** Keys of `[features]`. */
export const FEATURES: readonly string[] = ['http_requests', 'binary_bodies'];

/** `[features] binary_bodies`: absent is false, as in wws. */
export function readBinaryBodies(reader: TomlReader, document: Table): boolean {
  const features = reader.table(document, ['features']);
  return reader.boolean(features, ['features', 'binary_bodies']) ?? false;
}
