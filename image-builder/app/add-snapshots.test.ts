import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDirectory, writeTree } from '../testing/tree.ts';
import { addSnapshots } from './add-snapshots.ts';
import { readApp } from './read-app.ts';

async function pathsOf(
  app: Readonly<Record<string, string>>,
  snapshots: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  await using directory = await tempDirectory();
  await writeTree(path.join(directory.path, 'app'), app);
  await writeTree(path.join(directory.path, 'new'), snapshots);
  const { entries } = await readApp(path.join(directory.path, 'app'));
  return (await addSnapshots(entries, path.join(directory.path, 'new'))).map((entry) => entry.path);
}

describe('addSnapshots()', () => {
  it('makes the place for them', async () => {
    expect(await pathsOf({ 'a.py': '' }, { 'x.image': 'x' })).toEqual([
      '.wws',
      '.wws/snapshots',
      '.wws/snapshots/x.image',
      'a.py',
    ]);
  });

  it('replaces those that the app has', async () => {
    const app = { 'a.py': '', '.wws/snapshots/old.image': '', '.wws/runtimes/x': '' };
    expect(await pathsOf(app, { 'x.image': 'x' })).toEqual([
      '.wws',
      '.wws/runtimes',
      '.wws/runtimes/x',
      '.wws/snapshots',
      '.wws/snapshots/x.image',
      'a.py',
    ]);
  });

  it('leaves an app alone that has nothing to start', async () => {
    expect(await pathsOf({ 'a.js': '' }, {})).toEqual(['a.js']);
  });
});
