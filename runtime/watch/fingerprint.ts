import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { InstalledLanguages } from '#runtime/project/installed-languages.ts';
import { METADATA_FILE } from '#runtime/project/metadata-file.ts';
import type { Project } from '#runtime/project/scan.ts';
import { statusOf } from '#runtime/worker/source-file.ts';

/** One file as it was seen. */
export interface Print {
  /** Changes whenever somebody writes to the file, and when it is replaced. */
  readonly status: string;
  readonly hash: string;
}

/** What a project is made of, by the names people know: workers, their configurations, `public/`, `.wws.toml`. */
export type Fingerprint = ReadonlyMap<string, Print>;

/** Hexadecimal; of a file's content. */
export type HashOf = (file: string) => Promise<string>;

export interface Changes {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Of files whose status is as in `last` the content is taken to be the same; `hashOf` is asked for that of the
 * others.
 */
export async function fingerprint(project: Project, last: Fingerprint, hashOf: HashOf): Promise<Fingerprint> {
  const prints = new Map<string, Print>();
  if (project.publicDirectory !== undefined) prints.set('public/', { status: '', hash: '' });
  const { hasMetadata, ...languages } = project.installed;
  if (hasMetadata) prints.set(METADATA_FILE, { status: '', hash: contentOf(languages) });
  for (const { name, file, config } of project.workers) {
    await add(prints, name, file, last, hashOf);
    if (config !== undefined) await add(prints, path.relative(project.root, config), config, last, hashOf);
  }
  return prints;
}

/** What `.wws.toml` comes to: a language may be there later than the file that names it. */
function contentOf({ languages, warnings }: Pick<InstalledLanguages, 'languages' | 'warnings'>): string {
  return createHash('sha256')
    .update(JSON.stringify([...languages, ...warnings]))
    .digest('hex');
}

async function add(
  prints: Map<string, Print>,
  name: string,
  file: string,
  last: Fingerprint,
  hashOf: HashOf,
): Promise<void> {
  try {
    const status = statusOf(await stat(file, { bigint: true }));
    const known = last.get(name);
    prints.set(name, known?.status === status ? known : { status, hash: await hashOf(file) });
  } catch (error) {
    // It went away after it was seen, or cannot be read; either counts as a content of its own.
    prints.set(name, { status: '', hash: (error as NodeJS.ErrnoException).code ?? 'unreadable' });
  }
}

export function changesBetween(before: Fingerprint, after: Fingerprint): Changes {
  const names = [...after.keys()];
  return {
    added: names.filter((name) => !before.has(name)),
    changed: names.filter((name) => before.has(name) && before.get(name)?.hash !== after.get(name)?.hash),
    removed: [...before.keys()].filter((name) => !after.has(name)),
  };
}

export function countOf({ added, changed, removed }: Changes): number {
  return added.length + changed.length + removed.length;
}
