import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './harness/command.ts';
import { CHECKOUT } from './harness/machine.ts';

describe('npm run bench', () => {
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

  it.each([
    [
      'languages',
      ['js', 'python', 'ruby', 'go', 'rust', 'js-full', 'python-full', 'ruby-full', 'go-full', 'rust-full'],
      5,
    ],
  ])('measures every row of %s', async (suite, names, measured) => {
    const bench = path.join(CHECKOUT, 'bench/main.ts');
    const printed = await run([process.execPath, bench, suite, '--runs', '1', '--json'], {
      env: { ...(process.env as Record<string, string>) },
      timeoutMs: 115_000,
    });
    const rows = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ row }) => row)).toEqual(names);
    for (const row of rows) {
      expect(row).toMatchObject({ suite, unit: 'ms', runs: 1 });
      expect(row.median).toBeGreaterThan(0);
    }
    expect(rows.filter(({ against }) => against !== undefined)).toHaveLength(measured);
  });

  it('refuses a suite it does not have', async () => {
    const bench = path.join(CHECKOUT, 'bench/main.ts');
    await expect(run([process.execPath, bench, 'nonsense'])).rejects.toThrow('no suite "nonsense"');
  });
});

describe('npm run bench -- http', () => {
  it('measures ours and a bare server under the same load, rates and latencies, at both concurrencies', async () => {
    const bench = path.join(CHECKOUT, 'bench/main.ts');
    const printed = await run([process.execPath, bench, 'http', '--runs', '1', '--json'], {
      env: { ...(process.env as Record<string, string>) },
      timeoutMs: 115_000,
    });
    const rows = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ours = ['wasm', 'js', 'static', 'wasm-10-routes', 'wasm-1000-routes', 'wasm-1000-to-10-routes'];
    const peers = [...ours, 'wasm-no-watchdog', 'bare'];
    expect(rows.map(({ row }) => row)).toEqual(
      ['', '@64'].flatMap((load) =>
        peers.flatMap((peer) => ['', ' p50', ' p99'].map((figure) => `${peer}${load}${figure}`)),
      ),
    );
    for (const row of rows) {
      expect(row).toMatchObject({ suite: 'http', unit: / p\d\d$/.test(row.row) ? 'ms' : 'req/s', runs: 1 });
      expect(row.median).toBeGreaterThan(0);
    }
    const against = (name: string) => rows.find(({ row }) => row === name)?.against;
    expect(against('wasm@64')).toBe('bare@64');
    expect(against('wasm-1000-routes')).toBe('wasm');
    expect(against('wasm-1000-to-10-routes@64')).toBe('wasm-10-routes@64');
    expect(against('bare@64')).toBeUndefined();
  });
});
