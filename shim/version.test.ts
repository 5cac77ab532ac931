import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { VERSION } from './version.ts';

it('VERSION is the version of the package', () => {
  const manifest: unknown = JSON.parse(
    readFileSync(path.join(import.meta.dirname, '../package.json'), 'utf8'),
  );
  expect(manifest).toHaveProperty('version', VERSION);
});
