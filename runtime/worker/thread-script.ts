import { existsSync } from 'node:fs';
import path from 'node:path';

/** The guest thread's script: the bundle beside ours, or its source when we run from sources. */
export function threadScript(): string {
  const bundle = path.join(import.meta.dirname, 'worker-thread.cjs');
  return existsSync(bundle) ? bundle : path.join(import.meta.dirname, 'thread.ts');
}
