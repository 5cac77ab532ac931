import type { KeyValue } from '#proto/gen/ttrpc.ts';

/** Values by lower-case key, in the order they came; a key may have several. */
export type Metadata = ReadonlyMap<string, readonly string[]>;

/** Reads the pairs of a request. */
export function metadataOf(pairs: readonly KeyValue[]): Metadata {
  const metadata = new Map<string, string[]>();
  for (const { key, value } of pairs) {
    const name = key.toLowerCase();
    const values = metadata.get(name);
    if (values) values.push(value);
    else metadata.set(name, [value]);
  }
  return metadata;
}

/** Writes the pairs of a request. */
export function pairsOf(metadata: Metadata): readonly KeyValue[] {
  return [...metadata].flatMap(([key, values]) => values.map((value) => ({ key, value })));
}
