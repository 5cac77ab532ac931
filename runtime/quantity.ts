/** What a limit counts. */
export type QuantityUnit = 'bytes' | 'ms' | 'count';

const FACTORS: Readonly<Record<QuantityUnit, Readonly<Record<string, number>>>> = {
  bytes: { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 },
  ms: { '': 1, ms: 1, s: 1000 },
  count: { '': 1 },
};

/** What to write, for whoever wrote something else. */
export const QUANTITY_EXAMPLES: Readonly<Record<QuantityUnit, string>> = {
  bytes: 'a size such as "64 MiB"',
  ms: 'a time such as "5 s" or "200 ms"',
  count: 'a whole number',
};

/** A whole number, or text of a number and a unit that fits; undefined for anything else. */
export function parseQuantity(written: unknown, unit: QuantityUnit): number | undefined {
  if (typeof written === 'number') return Number.isSafeInteger(written) && written >= 0 ? written : undefined;
  if (typeof written !== 'string') return undefined;
  const [, digits, suffix = ''] = /^(\d{1,15})\s*([A-Za-z]*)$/.exec(written.trim()) ?? [];
  const factor = FACTORS[unit][suffix];
  const value = factor === undefined ? Number.NaN : Number(digits) * factor;
  return Number.isSafeInteger(value) ? value : undefined;
}
