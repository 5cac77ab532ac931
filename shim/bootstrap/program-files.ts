import { existsSync } from 'node:fs';
import path from 'node:path';

/** The long-running server: a bundle beside ours when installed, the source when run from a checkout. */
export function serverProgram(): string {
  const bundled = path.join(import.meta.dirname, 'shim-server.cjs');
  return existsSync(bundled) ? bundled : path.join(import.meta.dirname, '../server.ts');
}
