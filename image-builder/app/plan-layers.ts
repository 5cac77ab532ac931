import type { LayerEntry } from '../layer/entry.ts';

/**
 * What gets a layer of its own: an installed language (`.wws/runtimes/REPOSITORY/NAME/VERSION`, wws §6.1), and one as
 * it is once started (`.wws/snapshots/FILE`).
 */
const RUNTIME = /^(\.wws\/runtimes\/[^/]+\/[^/]+\/[^/]+|\.wws\/snapshots\/[^/]+)(\/|$)/;

/** Engines take 127; whoever installs more than a few languages shares the last of these. */
const MOST_RUNTIMES = 16;

/**
 * Divides an app among layers, each a list in the order of a layer. Every language that is installed has one of its
 * own, which all apps with that language share and an engine stores and pulls once; so has every one that was kept
 * as it is once started. The app is the last.
 */
export function planLayers(entries: readonly LayerEntry[]): readonly (readonly LayerEntry[])[] {
  const runtimes = new Map<string, LayerEntry[]>();
  const app: LayerEntry[] = [];
  for (const entry of entries) {
    const directory = RUNTIME.exec(entry.path)?.[1];
    const own = directory === undefined ? undefined : runtimes.get(directory);
    if (own !== undefined) own.push(entry);
    else if (directory === undefined || runtimes.size === MOST_RUNTIMES) app.push(entry);
    else runtimes.set(directory, [entry]);
  }
  const parents = new Map(app.filter(({ kind }) => kind === 'directory').map((entry) => [entry.path, entry]));
  const layers = [...runtimes].map(([directory, own]) => [...above(directory, parents), ...own]);
  return [...layers, app];
}

/** The directories that a directory lies in: a layer says of each what it is. */
function above(directory: string, parents: ReadonlyMap<string, LayerEntry>): readonly LayerEntry[] {
  const names = directory.split('/');
  return names.flatMap((_, length) => parents.get(names.slice(0, length).join('/')) ?? []);
}
