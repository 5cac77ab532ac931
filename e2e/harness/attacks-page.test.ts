import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECKOUT } from './machine.ts';

const TESTS = '{shim,runtime,image-builder,e2e}/**/*.{test,contract,e2e}.ts';

/** Numbers of attacks, each with the files that it is found in. */
function byNumber(found: Iterable<readonly [number: string, file: string]>): Record<string, string[]> {
  const files: Record<string, string[]> = {};
  for (const [number, file] of found) {
    files[number] ??= [];
    files[number].push(file);
  }
  return Object.fromEntries(Object.entries(files).map(([number, all]) => [number, all.sort()]));
}

function read(file: string): string {
  return readFileSync(path.join(CHECKOUT, file), 'utf8');
}

/** Of titles, not of whatever else a test says. */
function titled(): Record<string, string[]> {
  const files = globSync(TESTS, { cwd: CHECKOUT }).filter((file) => !file.endsWith('attacks-page.test.ts'));
  return byNumber(
    files.flatMap((file) => {
      const numbers = [...read(file).matchAll(/\bdescribe.*['"`]attack (\d+)|\(\s*['"`]attack (\d+): /g)];
      return [...new Set(numbers.map((match) => match[1] ?? match[2] ?? ''))].map((n) => [n, file] as const);
    }),
  );
}

function listed(): Record<string, string[]> {
  const rows = [...read('docs/attacks.md').matchAll(/^\| (\d+) \| [^|]+ \| ([^|]+) \|$/gm)];
  return byNumber(
    rows.flatMap(([, number = '', cell = '']) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, file = '']) => [number, file] as const),
    ),
  );
}

describe('docs/attacks.md', () => {
  it('lists the attacks that tests name in their titles, each with these tests', () => {
    expect(listed()).toEqual(titled());
  });

  it('has every number it promises, but for one of components', () => {
    const numbers = Array.from({ length: 51 }, (_, index) => String(15 + index)).filter((n) => n !== '36');
    expect(Object.keys(listed())).toEqual(expect.arrayContaining(numbers));
  });
});
