import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

type StartProgram = typeof import('./start.ts');

/**
 * Loads what `start` runs: a bundle of its own beside ours when installed, so that `delete` does not read a
 * whole server, and the source when run from a checkout.
 */
export function loadStartProgram(): StartProgram {
  const bundled = path.join(import.meta.dirname, 'shim-server.cjs');
  const load = createRequire(`${import.meta.dirname}/`);
  return load(existsSync(bundled) ? bundled : './start.ts') as StartProgram;
}
