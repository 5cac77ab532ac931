import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './harness/command.ts';
import { CHECKOUT } from './harness/machine.ts';

describe('npm run bench -- start', () => {
  it('measures a start of ours and of its peers in one run, and prints a line of JSON a row', async () => {
    const bench = path.join(CHECKOUT, 'bench/main.ts');
    const printed = await run([process.execPath, bench, 'start', '--runs', '1', '--json'], {
      env: { ...(process.env as Record<string, string>) },
    });
    const rows = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ row }) => row)).toEqual([
      'ours',
      'ours-spare',
      'ours-zygote',
      'runc-static',
      'node',
      'runc-node',
    ]);
    for (const row of rows.filter(({ skipped }) => skipped === undefined)) {
      expect(row).toMatchObject({ suite: 'start', unit: 'ms', runs: 1 });
      expect(row.median).toBeGreaterThan(0);
    }
    expect(rows.at(0)).toMatchObject({ against: 'runc-node', ratio: expect.any(Number) });
    expect(rows.at(-1)).not.toHaveProperty('ratio');
  });

  it('refuses a suite it does not have', async () => {
    const bench = path.join(CHECKOUT, 'bench/main.ts');
    await expect(run([process.execPath, bench, 'nonsense'])).rejects.toThrow('no suite "nonsense"');
  });
});
