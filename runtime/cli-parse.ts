import { parseArgs } from 'node:util';

/** Arguments that mean nothing; the message says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type OptionTable = Readonly<
  Record<
    string,
    { readonly type: 'string' | 'boolean'; readonly short?: string; readonly multiple?: boolean }
  >
>;

export interface ParsedArgs {
  readonly values: Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
}

/** Reads options and positionals; an option that is not in the table is answered with the one most like it. */
export function parseOptions(args: readonly string[], table: OptionTable): ParsedArgs {
  // `parseArgs` wants its options to be its own.
  const options = { ...table };
  const { tokens, values, positionals } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = table[token.name];
    if (option === undefined)
      throw new Error(`Cannot use "${token.rawName}": ${unknown(token.rawName, table)}`);
    if (option.type === 'string' && token.value === undefined)
      throw new Error(`Cannot use "${token.rawName}": it needs a value`);
    if (option.type === 'boolean' && token.value !== undefined)
      throw new Error(`Cannot use "${token.rawName}=${token.value}": it takes no value`);
    if (option.type === 'string' && !token.inlineValue && /^-[^\d]/.test(token.value ?? ''))
      throw new Error(
        `Cannot use "${token.rawName} ${token.value}": a value that begins with "-" is written ${token.rawName}=VALUE`,
      );
  }
  return { values, positionals };
}

function unknown(rawName: string, table: OptionTable): string {
  const near = nearest(
    rawName,
    Object.keys(table).map((name) => `--${name}`),
  );
  return near === undefined ? 'there is no such option' : `there is no such option, maybe "${near}" is meant`;
}

/** The candidate that takes the fewest changes of a letter; undefined when none is alike. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const changes = distance(word.toLowerCase(), candidate);
    if (changes < least) [best, least] = [candidate, changes];
  }
  return best;
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
