import { chmod, utimes } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { bytesOf } from '../testing/tar.ts';
import { type Tree, tempDirectory, writeTree } from '../testing/tree.ts';
import { buildApp } from './build-app.ts';

const app: Tree = {
  'index.js': 'export default {}',
  'users/[id].js': 'x'.repeat(200_000),
  '.wws.toml': 'version = 1',
  'public/grüße.txt': 'hallo',
  [`deep/${'long'.repeat(40)}/name`]: '',
  link: '->index.js',
};

async function digestOfBuild(tree: Tree, change?: (directory: string) => Promise<void>): Promise<string> {
  await using directory = await tempDirectory();
  await using work = await tempDirectory();
  await writeTree(directory.path, tree);
  await change?.(directory.path);
  const built = await buildApp({
    directory: directory.path,
    entrypoint: ['.'],
    epoch: 0,
    workDirectory: work.path,
  });
  return built.image.manifest.descriptor.digest;
}

it('gives the same digest from another path, at another time, with other modes and another order of writing', async () => {
  const digest = await digestOfBuild(app);
  const reversed = Object.fromEntries(Object.entries(app).reverse());
  const changed = await digestOfBuild(reversed, async (directory) => {
    await chmod(path.join(directory, 'index.js'), 0o600);
    await chmod(path.join(directory, 'users'), 0o700);
    await utimes(path.join(directory, 'index.js'), 1, 1);
    await utimes(path.join(directory, 'users'), 2, 2);
  });
  expect(changed).toBe(digest);
});

it.each([
  ['a content', { ...app, 'index.js': 'export default []' }],
  ['a name', { ...app, 'more.js': '' }],
  ['a link', { ...app, link: '->users/../index.js' }],
])('gives another digest when %s changes', async (_title, tree) => {
  expect(await digestOfBuild(tree)).not.toBe(await digestOfBuild(app));
});

it('gives another digest when a file becomes executable', async () => {
  const executable = digestOfBuild(app, (directory) => chmod(path.join(directory, 'index.js'), 0o755));
  expect(await executable).not.toBe(await digestOfBuild(app));
});

it('dates every entry with the epoch', async () => {
  await using directory = await tempDirectory();
  await using work = await tempDirectory();
  await writeTree(directory.path, { 'a.js': '' });
  const options = { directory: directory.path, entrypoint: ['.'], workDirectory: work.path };
  const { image } = await buildApp({ ...options, epoch: 1_700_000_000 });
  const layers = await Promise.all(image.layers.map((layer) => bytesOf(layer.open())));
  const tar = gunzipSync(Buffer.concat(layers));
  expect(Number.parseInt(tar.subarray(136, 147).toString(), 8)).toBe(1_700_000_000);
});
