import { opendir } from 'node:fs/promises';
import { statusAt } from './file-status.ts';
import { SharedLook } from './shared-look.ts';

/** Undefined: anything may be there. */
type Names = ReadonlySet<string> | undefined;

/** A directory with more names is not kept in mind. */
const MAX_NAMES = 10_000;

/**
 * The names directly in `public/`. Most paths that are for workers begin with none of them, and it takes no more
 * than one look at the directory, shared by all who ask at the same time, to know that no file is meant.
 */
export class PublicNames {
  readonly #root: string;
  readonly #settledMs: number;
  readonly #current = new SharedLook(() => this.#look());
  #known: { readonly identity: string; readonly names: Names } | undefined;

  constructor(root: string, settledMs: number) {
    this.#root = root;
    this.#settledMs = settledMs;
  }

  /** False where the decoded segments lead to no file, nor would with `.html`. */
  mayLead(segments: readonly string[]): Promise<boolean> {
    return this.#current.take().then((names) => mayBeIn(names, segments));
  }

  async #look(): Promise<Names> {
    const status = await statusAt(this.#root);
    // A second change within one tick of the file system's clock would not show.
    if (status === undefined || Date.now() - status.changed < this.#settledMs) return undefined;
    if (this.#known?.identity !== status.identity) {
      this.#known = { identity: status.identity, names: await namesIn(this.#root) };
    }
    return this.#known.names;
  }
}

/** In lower case, of which some file systems take no notice. */
async function namesIn(directory: string): Promise<Names> {
  const names = new Set<string>();
  for await (const { name } of await opendir(directory)) {
    if (names.add(name.toLowerCase()).size > MAX_NAMES) return undefined;
  }
  return names;
}

function mayBeIn(names: Names, segments: readonly string[]): boolean {
  if (names === undefined) return true;
  const first = (segments[0] ?? 'index.html').toLowerCase();
  // One letter can be written in several ways, and file systems differ in which of them are the same.
  if (!/^[\x20-\x7e]*$/.test(first) || names.has(first)) return true;
  return segments.length === 1 && names.has(`${first}.html`);
}
