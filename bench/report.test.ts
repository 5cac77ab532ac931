import { describe, expect, it } from 'vitest';
import { formatJson, formatTable, type Row, summarise } from './report.ts';

const rows: readonly Row[] = [
  { suite: 'start', row: 'ours', unit: 'ms', samples: [10, 20, 30], against: 'peer' },
  { suite: 'start', row: 'ours-spare', unit: 'ms', samples: [], against: 'peer', skipped: 'not built yet' },
  { suite: 'start', row: 'peer', unit: 'ms', samples: [40, 40, 40] },
  { suite: 'other', row: 'peer', unit: 'ms', samples: [1] },
];

describe('summarise()', () => {
  it('divides by the yardstick of the same suite', () => {
    expect(summarise(rows)[0]).toMatchObject({
      median: 20,
      p10: 12,
      p90: 28,
      runs: 3,
      against: 'peer',
      ratio: 0.5,
    });
  });

  it('gives a yardstick no ratio', () => {
    expect(summarise(rows)[2]).not.toHaveProperty('ratio');
  });

  it('keeps a row that could not be measured, with the reason', () => {
    expect(summarise(rows)[1]).toEqual({ suite: 'start', row: 'ours-spare', skipped: 'not built yet' });
  });
});

describe('formatJson()', () => {
  it('prints one object a line', () => {
    expect(
      formatJson(rows)
        .split('\n')
        .map((line) => JSON.parse(line).row),
    ).toEqual(['ours', 'ours-spare', 'peer', 'peer']);
  });
});

describe('formatTable()', () => {
  it('names the row each ratio is measured against', () => {
    expect(formatTable(rows)).toContain('0.5 x peer');
  });
});
