import type { BigIntStats } from 'node:fs';

/** A file that a worker was loaded from beside its own. */
export interface SourceFile {
  /** Path below the project's root. */
  readonly name: string;
  /** What it was like when it was read; empty when it could not be. */
  readonly status: string;
}

/** Changes whenever somebody writes to the file, and when it is replaced. */
export function statusOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
