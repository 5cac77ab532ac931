import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildApp } from '../app/build-app.ts';
import { digestOf, hexOf } from '../image/digest.ts';
import type { Image } from '../image/image.ts';
import { INDEX } from '../image/media-types.ts';
import { parseReference } from '../image/reference.ts';
import { readTar } from '../tar/read.ts';
import { bytesOf, streamOf } from '../testing/tar.ts';
import { readTree, type Tree, tempDirectory, writeTree } from '../testing/tree.ts';
import { readArchive } from './read-archive.ts';
import { unpackImage } from './unpack-image.ts';
import { writeArchive } from './write-archive.ts';

const names = ['docker.io/library/apps:latest', 'ghcr.io/me/apps:1'].map(parseReference);
const app: Tree = { 'index.js': 'export default {}', 'public/a.txt': 'a' };

async function imageOf(tree: Tree, directory: string): Promise<Image> {
  await writeTree(path.join(directory, 'app'), tree);
  const work = path.join(directory, 'work');
  await writeTree(directory, { 'work/': '' });
  const request = {
    directory: path.join(directory, 'app'),
    entrypoint: ['.'],
    epoch: 0,
    workDirectory: work,
  };
  return (await buildApp(request)).image;
}

async function membersOf(bytes: Uint8Array): Promise<Map<string, string>> {
  const members = new Map<string, string>();
  for await (const entry of readTar(streamOf(bytes))) {
    members.set(entry.name, (await bytesOf(entry.content)).toString('latin1'));
  }
  return members;
}

describe('writeArchive()', () => {
  it('writes an OCI layout and a docker-archive over the same blobs', async () => {
    await using directory = await tempDirectory();
    const image = await imageOf(app, directory.path);
    const file = path.join(directory.path, 'apps.tar');
    await writeArchive({ image, names, file, mtime: 0 });
    const members = await membersOf(await readFile(file));
    const blobs = [image.manifest, image.config, ...image.layers].map(
      ({ descriptor }) => `blobs/sha256/${hexOf(descriptor.digest)}`,
    );
    const [, config, layer] = blobs;
    expect([...members.keys()]).toEqual([
      'oci-layout',
      'index.json',
      'manifest.json',
      'blobs/',
      'blobs/sha256/',
      ...blobs,
    ]);
    expect(members.get('oci-layout')).toBe('{"imageLayoutVersion":"1.0.0"}');
    expect(JSON.parse(members.get('manifest.json') ?? '')).toEqual([
      { Config: config, RepoTags: ['apps:latest', 'ghcr.io/me/apps:1'], Layers: [layer] },
    ]);
    for (const [name, content] of members) {
      const hex = name.slice('blobs/sha256/'.length);
      if (hex !== '' && name.startsWith('blobs/sha256/')) {
        expect(digestOf(Buffer.from(content, 'latin1'))).toBe(`sha256:${hex}`);
      }
    }
  });

  it('names the image in index.json for containerd and others, and gives no platform', async () => {
    await using directory = await tempDirectory();
    const image = await imageOf(app, directory.path);
    const file = path.join(directory.path, 'apps.tar');
    await writeArchive({ image, names, file, mtime: 0 });
    const index: unknown = JSON.parse((await membersOf(await readFile(file))).get('index.json') ?? '');
    const { mediaType, digest, size } = image.manifest.descriptor;
    const entry = (name: string, tag: string): object => ({
      mediaType,
      digest,
      size,
      annotations: { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': tag },
    });
    expect(index).toEqual({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [entry('docker.io/library/apps:latest', 'latest'), entry('ghcr.io/me/apps:1', '1')],
    });
  });

  it('writes the same bytes again', async () => {
    await using first = await tempDirectory();
    await using second = await tempDirectory();
    const archives = await Promise.all(
      [first, second].map(async (directory) => {
        const file = path.join(directory.path, 'apps.tar');
        await writeArchive({ image: await imageOf(app, directory.path), names, file, mtime: 0 });
        return digestOf(await readFile(file));
      }),
    );
    expect(archives[1]).toBe(archives[0]);
  });

  it('leaves the old file, and nothing else, when it cannot finish', async () => {
    await using directory = await tempDirectory();
    const image = await imageOf(app, directory.path);
    const broken: Image = {
      ...image,
      layers: image.layers.map(({ descriptor }) => ({
        descriptor,
        open: () => streamOf(Buffer.from('short')),
      })),
    };
    await writeTree(directory.path, { 'out/apps.tar': 'old' });
    const file = path.join(directory.path, 'out/apps.tar');
    await expect(writeArchive({ image: broken, names, file, mtime: 0 })).rejects.toMatchObject({
      code: 'io',
    });
    expect(await readTree(path.dirname(file))).toEqual({ 'apps.tar': 'old' });
  });

  it('says where it cannot write', async () => {
    await using directory = await tempDirectory();
    const image = await imageOf(app, directory.path);
    const file = path.join(directory.path, 'missing/apps.tar');
    await expect(writeArchive({ image, names, file, mtime: 0 })).rejects.toThrow(
      `Cannot write "${file}": ENOENT`,
    );
  });

  it('writes what readArchive() reads back', async () => {
    await using directory = await tempDirectory();
    await using root = await tempDirectory();
    const file = path.join(directory.path, 'apps.tar');
    await writeArchive({ image: await imageOf(app, directory.path), names, file, mtime: 0 });
    const image = await readArchive(file);
    await unpackImage(image, { directory: root.path });
    expect(await readTree(root.path)).toEqual(app);
    expect(image.config.config).toMatchObject({ Entrypoint: ['.'], WorkingDir: '/' });
  });
});
