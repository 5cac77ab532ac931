import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { compareEntries, type LayerEntry } from '../layer/entry.ts';

/** Where the runtime looks for interpreters that were kept as they are once started. */
const PLACE = '.wws/snapshots';

/** Puts the files of `directory` in the place of the snapshots that an app has, if any. */
export async function addSnapshots(
  entries: readonly LayerEntry[],
  directory: string,
): Promise<readonly LayerEntry[]> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = await Promise.all(
    names.map(async (name): Promise<LayerEntry> => {
      const source = path.join(directory, name);
      return {
        kind: 'file',
        path: `${PLACE}/${name}`,
        source,
        size: (await stat(source)).size,
        executable: false,
      };
    }),
  );
  if (files.length === 0) return entries;
  const others = entries.filter((entry) => entry.path !== PLACE && !entry.path.startsWith(`${PLACE}/`));
  const parents = ['.wws', PLACE]
    .filter((place) => !others.some((entry) => entry.path === place))
    .map((place): LayerEntry => ({ kind: 'directory', path: place }));
  return [...others, ...parents, ...files].sort(compareEntries);
}
