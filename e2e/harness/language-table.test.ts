import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { languageTable } from './language-table.ts';
import { CHECKOUT } from './machine.ts';

describe('README.md', () => {
  it('shows the table of languages whose cells are tests', async () => {
    expect(await readFile(path.join(CHECKOUT, 'README.md'), 'utf8')).toContain(`\n${languageTable()}`);
  });
});
