import { quantile } from './statistics.ts';

/** One line of the report; `against` and `ratio` are absent for a yardstick. */
export interface Row {
  readonly suite: string;
  readonly row: string;
  readonly unit: string;
  readonly samples: readonly number[];
  readonly against?: string;
  /** Why there are no samples. */
  readonly skipped?: string;
}

interface MeasuredRow {
  readonly suite: string;
  readonly row: string;
  readonly median: number;
  readonly p10: number;
  readonly p90: number;
  readonly unit: string;
  readonly runs: number;
  readonly against?: string;
  readonly ratio?: number;
}

interface SkippedRow {
  readonly suite: string;
  readonly row: string;
  readonly skipped: string;
}

/** Summarises rows; a ratio is the median over the median of the row it is measured against in the same run. */
export function summarise(rows: readonly Row[]): readonly (MeasuredRow | SkippedRow)[] {
  return rows.map((row) => {
    if (row.skipped !== undefined) return { suite: row.suite, row: row.row, skipped: row.skipped };
    const median = quantile(row.samples, 0.5);
    const yardstick = rows.find((other) => other.suite === row.suite && other.row === row.against);
    const measured = {
      suite: row.suite,
      row: row.row,
      median: round(median),
      p10: round(quantile(row.samples, 0.1)),
      p90: round(quantile(row.samples, 0.9)),
      unit: row.unit,
      runs: row.samples.length,
    };
    if (row.against === undefined || yardstick === undefined || yardstick.samples.length === 0)
      return measured;
    return { ...measured, against: row.against, ratio: round(median / quantile(yardstick.samples, 0.5)) };
  });
}

/** One JSON object a line, as a script reads it. */
export function formatJson(rows: readonly Row[]): string {
  return summarise(rows)
    .map((row) => JSON.stringify(row))
    .join('\n');
}

/** The same for people. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [['suite', 'row', 'median', 'p10', 'p90', 'unit', 'runs', 'ratio']];
  for (const row of summarise(rows)) {
    if ('skipped' in row) lines.push([row.suite, row.row, `skipped: ${row.skipped}`]);
    else {
      const ratio = row.ratio === undefined ? 'yardstick' : `${row.ratio} x ${row.against}`;
      lines.push([
        row.suite,
        row.row,
        ...[row.median, row.p10, row.p90].map(String),
        row.unit,
        `${row.runs}`,
        ratio,
      ]);
    }
  }
  const full = lines.filter((line) => line.length > 3);
  const widths = (full[0] ?? []).map((_, column) =>
    Math.max(...full.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
