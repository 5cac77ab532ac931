import { shownText } from './shown-text.ts';

export interface ColumnOptions {
  /** In front of each line. */
  readonly indent?: string;
  /** Columns whose cells end at the same place, from 0: numbers. */
  readonly right?: readonly number[];
}

/** Wider cells push their own line only. */
const MOST_WIDTH = 48;

/** Rows as lines whose cells stand below each other; cells may hold whatever an image says. */
export function columns(
  rows: readonly (readonly string[])[],
  { indent = '', right = [] }: ColumnOptions = {},
): readonly string[] {
  const cells = rows.map((row) => row.map(shownText));
  const widths: number[] = [];
  for (const row of cells) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, Math.min(cell.length, MOST_WIDTH));
    }
  }
  return cells.map((row) => {
    const padded = row.map((cell, index) =>
      right.includes(index) ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
    );
    return `${indent}${padded.join('  ')}`.trimEnd();
  });
}
