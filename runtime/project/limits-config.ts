import { parseQuantity, QUANTITY_EXAMPLES } from '#runtime/quantity.ts';
import { formatBytes } from '#runtime/wasi/limits.ts';
import { WORKER_LIMITS, type WorkerLimit, type WorkerLimits } from '#runtime/worker-limits.ts';
import type { KeyPath, Table, TomlReader } from './toml-reader.ts';

/** `[limits]` as written: a number in the limit's own unit, or text with a unit. */
export function readLimits(reader: TomlReader, document: Table): Partial<WorkerLimits> {
  const table = reader.table(document, ['limits']);
  reader.expectKeys(table, ['limits'], Object.keys(WORKER_LIMITS));
  const limits: Record<string, number> = {};
  for (const [name, limit] of Object.entries(WORKER_LIMITS)) {
    const at = ['limits', name];
    const written = table[name];
    if (written !== undefined) limits[name] = readLimit(reader, at, written, limit);
  }
  return limits;
}

function readLimit(reader: TomlReader, at: KeyPath, written: unknown, limit: WorkerLimit): number {
  const value = parseQuantity(written, limit.unit);
  if (value === undefined) throw reader.wrong(at, QUANTITY_EXAMPLES[limit.unit], written);
  if (value >= limit.least) return value;
  const least = limit.unit === 'bytes' ? formatBytes(limit.least) : String(limit.least);
  throw reader.error(at, `"${at.join('.')}" must be at least ${least}`);
}
