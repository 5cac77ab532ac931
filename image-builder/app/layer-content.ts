/** What one layer holds, for people. */
export interface LayerContent {
  readonly files: number;
  /** Of its files, uncompressed. */
  readonly bytes: number;
  /** Entries that take away what lower layers have. */
  readonly deletions: number;
  /** Languages and snapshots in it: `python 3.12.0`, `snapshot 1f3a….image`. */
  readonly holds: readonly string[];
  /** The largest files, the largest first. */
  readonly largest: readonly LargeFile[];
}

export interface LargeFile {
  readonly path: string;
  readonly bytes: number;
}

/** An entry of a layer, as it is built or unpacked. */
export interface CountedEntry {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'deletion';
  readonly size?: number;
}

const MOST_LARGEST = 3;

/** Where languages are installed (wws §6.1), and where they lie as they are once started. */
const RUNTIME = /^\.wws\/runtimes\/[^/]+\/([^/]+)\/([^/]+)\//;
const SNAPSHOT = /^\.wws\/snapshots\/([^/]+)$/;

/** The language or snapshot that a file is part of. */
export function installedPart(path: string): string | undefined {
  const [, name, version] = RUNTIME.exec(path) ?? [];
  if (name !== undefined) return `${name} ${version}`;
  const [, snapshot] = SNAPSHOT.exec(path) ?? [];
  return snapshot === undefined ? undefined : `snapshot ${snapshot}`;
}

/** Counts the entries of one layer, of which there may be many: it keeps the few it tells. */
export class LayerTally {
  readonly #holds = new Set<string>();
  #largest: LargeFile[] = [];
  #files = 0;
  #bytes = 0;
  #deletions = 0;

  add({ path, kind, size = 0 }: CountedEntry): void {
    if (kind === 'deletion') this.#deletions += 1;
    if (kind !== 'file') return;
    this.#files += 1;
    this.#bytes += size;
    const part = installedPart(path);
    if (part !== undefined) this.#holds.add(part);
    if (size > (this.#largest[MOST_LARGEST - 1]?.bytes ?? 0)) {
      this.#largest = [...this.#largest, { path, bytes: size }]
        .sort((a, b) => b.bytes - a.bytes)
        .slice(0, MOST_LARGEST);
    }
  }

  get content(): LayerContent {
    return {
      files: this.#files,
      bytes: this.#bytes,
      deletions: this.#deletions,
      holds: [...this.#holds],
      largest: this.#largest,
    };
  }
}
