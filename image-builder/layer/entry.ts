interface EntryPlace {
  /** Slash-separated and relative to the image's root, without `.`, `..` or a leading slash. */
  readonly path: string;
}

export interface DirectoryEntry extends EntryPlace {
  readonly kind: 'directory';
}

export interface FileEntry extends EntryPlace {
  readonly kind: 'file';
  /** Where its bytes are on this machine. */
  readonly source: string;
  readonly size: number;
  readonly executable: boolean;
}

export interface LinkEntry extends EntryPlace {
  readonly kind: 'link';
  readonly target: string;
}

/** One thing a layer holds. Owner, times and all but one permission bit are not part of it: they are the same everywhere. */
export type LayerEntry = DirectoryEntry | FileEntry | LinkEntry;

/**
 * Order of entries in a layer: by the bytes of their paths, which no locale changes and which puts a directory before
 * what is in it.
 */
export function compareEntries(a: LayerEntry, b: LayerEntry): number {
  return Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
}
