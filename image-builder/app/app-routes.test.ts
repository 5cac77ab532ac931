import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Tree, tempDirectory, writeTree } from '../testing/tree.ts';
import { type AppRoutes, appRoutes } from './app-routes.ts';

async function routesOf(tree: Tree, project = ''): Promise<AppRoutes> {
  await using directory = await tempDirectory();
  await writeTree(directory.path, tree);
  return await appRoutes({ directory: path.join(directory.path, project), root: directory.path });
}

describe('appRoutes()', () => {
  it('names the worker that answers in the place of one that never does', async () => {
    const { served, shadowed } = await routesOf({ 'a.js': '', 'a.ts': '', 'u/[x].js': '', 'u/[y].js': '' });
    expect(served.map(({ worker }) => worker)).toEqual(['a.js', 'u/[x].js']);
    expect(shadowed).toEqual([
      { path: '/a', worker: 'a.ts', by: 'a.js' },
      { path: '/u/[y]', worker: 'u/[y].js', by: 'u/[x].js' },
    ]);
  });

  it('finds a folder in the image and no further, as a container does', async () => {
    const config = 'version = "1"\n[[folders]]\nfrom = "../../../data"\nto = "/d"\n';
    const { served } = await routesOf({ 'site/a.js': '', 'site/a.toml': config, 'data/x': '' }, 'site');
    expect(served[0]?.folders).toEqual([{ from: '../../../data', to: '/d', isMissing: false }]);
  });

  it('says what is wrong with a folder that no volume mends', async () => {
    const config = 'version = "1"\n[[folders]]\nfrom = "x"\nto = "/d"\n';
    const { served } = await routesOf({ 'a.js': '', 'a.toml': config, x: 'a file' });
    expect(served[0]?.problem).toBe('Cannot give folder "x" as "/d": it is no directory');
  });

  it('tells the place of an error in a configuration', async () => {
    const { served, warnings } = await routesOf({ 'a.js': '', 'a.toml': 'version = "1"\n[vars]\nX = 1\n' });
    expect(served[0]?.problem).toMatch(/^a\.toml:3:1: /);
    expect(warnings).toEqual([expect.stringMatching(/^Cannot load worker "a\.js": a\.toml:3:1: /)]);
  });
});
