import { formatBytes } from '#runtime/wasi/limits.ts';
import { WORKER_LIMITS, type WorkerLimit, type WorkerLimits } from '#runtime/worker-limits.ts';
import type { KeyPath, Table, TomlReader } from './toml-reader.ts';

const FACTORS: Readonly<Record<WorkerLimit['unit'], Readonly<Record<string, number>>>> = {
  bytes: { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 },
  ms: { '': 1, ms: 1, s: 1000 },
  count: { '': 1 },
};

const EXAMPLES: Readonly<Record<WorkerLimit['unit'], string>> = {
  bytes: 'a size such as "64 MiB"',
  ms: 'a time such as "5 s" or "200 ms"',
  count: 'a whole number',
};

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
  if (value === undefined) throw reader.wrong(at, EXAMPLES[limit.unit], written);
  if (value >= limit.least) return value;
  const least = limit.unit === 'bytes' ? formatBytes(limit.least) : String(limit.least);
  throw reader.error(at, `"${at.join('.')}" must be at least ${least}`);
}

/** A whole number, or text of a number and a unit that fits; undefined for anything else. */
export function parseQuantity(written: unknown, unit: WorkerLimit['unit']): number | undefined {
  if (typeof written === 'number') return Number.isSafeInteger(written) && written >= 0 ? written : undefined;
  if (typeof written !== 'string') return undefined;
  const [, digits, suffix = ''] = /^(\d{1,15})\s*([A-Za-z]*)$/.exec(written.trim()) ?? [];
  const factor = FACTORS[unit][suffix];
  const value = factor === undefined ? Number.NaN : Number(digits) * factor;
  return Number.isSafeInteger(value) ? value : undefined;
}
