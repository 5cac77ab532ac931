import { existsSync } from 'node:fs';
import path from 'node:path';

/** The thread's script: a bundle beside this one where installed, the source beside this one otherwise. */
export function threadScript(): string {
  const bundle = path.join(import.meta.dirname, 'command-thread.cjs');
  return existsSync(bundle) ? bundle : path.join(import.meta.dirname, 'thread.ts');
}
