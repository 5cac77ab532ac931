/** Counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const HEADER = /^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?/;
const KEY = /^(\s*)("[^"]*"|'[^']*'|[\w.-]+)\s*=/;

/**
 * Where a key stands in TOML text that has been parsed; numbers in `at` pick an entry of an array of
 * tables. The parser keeps no positions, so this looks for table headers and `key =` lines, and answers
 * with the nearest thing above when a key is written some other way (inline tables, multi-line text).
 */
export function locateKey(text: string, at: readonly (string | number)[]): Position {
  const keys = at.filter((key) => typeof key === 'string');
  const entry = at.find((key) => typeof key === 'number');
  const wanted = keys.join('.');
  const seen = new Map<string, number>();
  let nearest: Position = { line: 1, column: 1 };
  let table = '';
  let inEntry = true;
  for (const [index, line] of text.split('\n').entries()) {
    const [, brackets, header] = HEADER.exec(line) ?? [];
    if (brackets !== undefined && header !== undefined) {
      table = header.split('.').map(bare).join('.');
      const count = seen.get(table) ?? 0;
      seen.set(table, count + 1);
      inEntry = brackets === '[' || entry === undefined || count === entry;
      if (inEntry && (wanted === table || wanted.startsWith(`${table}.`))) {
        nearest = { line: index + 1, column: line.indexOf('[') + 1 };
      } else if (table.startsWith(`${wanted}.`) && nearest.line === 1) {
        nearest = { line: index + 1, column: line.indexOf('[') + 1 };
      }
      continue;
    }
    const [, indent, key] = KEY.exec(line) ?? [];
    if (indent === undefined || key === undefined || !inEntry) continue;
    const full = [...(table === '' ? [] : [table]), ...splitKey(key)].join('.');
    if (full === wanted) return { line: index + 1, column: indent.length + 1 };
  }
  return nearest;
}

function splitKey(key: string): string[] {
  return /^["']/.test(key) ? [bare(key)] : key.split('.').map(bare);
}

function bare(key: string): string {
  return key.trim().replace(/^(["'])(.*)\1$/, '$2');
}
