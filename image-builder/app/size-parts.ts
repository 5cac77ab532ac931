import { type CountedEntry, installedPart } from './layer-content.ts';

/** A part of an app, and how much of it that is. */
export interface SizePart {
  /** `python 3.12.0`, `users/`, or the name of a file. */
  readonly name: string;
  readonly files: number;
  /** Uncompressed. */
  readonly bytes: number;
}

const MOST_PARTS = 12;

/** Divides an app into languages, snapshots, folders and files of its root: the largest first, the rest as one. */
export function sizeParts(entries: readonly CountedEntry[]): readonly SizePart[] {
  const parts = new Map<string, SizePart>();
  for (const { path, kind, size = 0 } of entries) {
    if (kind !== 'file') continue;
    const [top = '', below] = path.split('/', 2);
    const name = installedPart(path) ?? (below === undefined ? top : `${top}/`);
    const { files, bytes } = parts.get(name) ?? { files: 0, bytes: 0 };
    parts.set(name, { name, files: files + 1, bytes: bytes + size });
  }
  const sorted = [...parts.values()].sort((a, b) => b.bytes - a.bytes);
  if (sorted.length <= MOST_PARTS) return sorted;
  const rest = sorted.slice(MOST_PARTS - 1);
  const others = {
    name: `${rest.length} others`,
    files: rest.reduce((sum, part) => sum + part.files, 0),
    bytes: rest.reduce((sum, part) => sum + part.bytes, 0),
  };
  return [...sorted.slice(0, MOST_PARTS - 1), others];
}
