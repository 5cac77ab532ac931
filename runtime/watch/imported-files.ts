import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type SourceFile, statusOf } from '#runtime/worker/source-file.ts';

/** Files that workers were loaded from beside their own, by path below the project's root. */
export type Sources = ReadonlyMap<string, SourceFile>;

/** Looks whether the files that workers import are still what they were when the workers were loaded. */
export class ImportedFiles {
  /** What was last seen of files that a worker could not read. */
  readonly #unread = new Map<string, string>();

  /** Names of those that are different now. */
  async changed(root: string, sources: Sources): Promise<readonly string[]> {
    const changed: string[] = [];
    for (const { name, status } of sources.values()) {
      const now = await statusNow(path.join(root, name));
      // What a worker may not read is there all the same: that is news only once.
      const before = status === '' ? (this.#unread.get(name) ?? '') : status;
      if (status === '') this.#unread.set(name, now);
      if (now !== before) changed.push(name);
    }
    return changed;
  }
}

async function statusNow(file: string): Promise<string> {
  try {
    return statusOf(await stat(file, { bigint: true }));
  } catch {
    // Whatever keeps it from being seen, a worker does not get it either.
    return '';
  }
}

/** Every directory on the way from the root to the files: one of them may be yet to come. */
export function directoriesTo(root: string, sources: Sources): readonly string[] {
  const directories = new Set<string>();
  for (const name of sources.keys()) {
    for (let below = path.dirname(name); below !== '.'; below = path.dirname(below)) {
      directories.add(path.join(root, below));
    }
  }
  return [...directories];
}
