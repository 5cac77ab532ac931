import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseStoreUrl } from '#runtime/kv/store-url.ts';
import { placeStore } from './store-place.ts';

let app: string;

beforeEach(async () => {
  app = await realpath(await mkdtemp(path.join(tmpdir(), 'wws-store-')));
  for (const folder of ['data/deep', 'fixed', 'image'])
    await mkdir(path.join(app, folder), { recursive: true });
});

afterEach(() => rm(app, { recursive: true }));

/** In a container with a volume that can be written, at `/data`, and one that cannot, at `/fixed`. */
async function placed(url: string): Promise<unknown> {
  const mounts = [
    { path: path.join(app, 'data'), writable: true },
    { path: path.join(app, 'fixed'), writable: false },
  ];
  return await placeStore(parseStoreUrl(url), { boundary: app, mounts });
}

describe('placeStore()', () => {
  it.each([
    ['file:/data/kv.db', 'data/kv.db'],
    ['file:/data/deep/../kv.db', 'data/kv.db'],
    ['file:/../../data/deep/kv.db', 'data/deep/kv.db'],
  ])('finds %s on the volume', async (url, expected) => {
    expect(await placed(url)).toEqual({ kind: 'file', path: path.join(app, expected) });
  });

  it('resolves links of an image as the container would', async () => {
    await symlink('/data', path.join(app, 'image/link'));
    await symlink('/', path.join(app, 'image/root'));
    expect(await placed('file:/image/link/kv.db')).toEqual({
      kind: 'file',
      path: path.join(app, 'data/kv.db'),
    });
    await expect(placed('file:/image/root/etc/kv.db')).rejects.toThrow(/no such file or directory/);
  });

  it.each([
    ['file:/image/kv.db', 'it is on no volume, and would be lost with the container'],
    ['file:/kv.db', 'it is on no volume'],
    ['file:/fixed/kv.db', 'its volume is read-only'],
    ['file:/gone/kv.db', 'no such file or directory'],
  ])('refuses %s: %s', async (url, reason) => {
    await expect(placed(url)).rejects.toThrow(`Cannot use K/V store "${url}": ${reason}`);
  });

  it('refuses a path below a file', async () => {
    await writeFile(path.join(app, 'data/file'), '');
    await expect(placed('file:/data/file/kv.db')).rejects.toThrow('it is in no directory');
  });

  it('looks for certificates in the container as well', async () => {
    await writeFile(path.join(app, 'image/ca.pem'), '');
    await symlink('/image/ca.pem', path.join(app, 'ca.pem'));
    const url = (ca: string): string => `rediss://cache?prefix=a&ca=${ca}`;
    expect(await placed(url('/ca.pem'))).toMatchObject({ ca: path.join(app, 'image/ca.pem') });
    await expect(placed(url('/gone.pem'))).rejects.toThrow('Cannot use K/V store certificates "/gone.pem"');
  });

  it('leaves paths to the caller outside of a container', async () => {
    const context = { boundary: '/', mounts: [] };
    expect(await placeStore({ kind: 'file', path: 'kv.db' }, context)).toEqual({
      kind: 'file',
      path: path.resolve('kv.db'),
    });
  });
});
