import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { digestOf, hexOf } from '../image/digest.ts';
import { INDEX } from '../image/media-types.ts';
import { type Draft, imageParts, json, layoutArchive, layoutMembers } from '../testing/archive.ts';
import { tarOf } from '../testing/tar.ts';
import { readTree, type Tree, tempDirectory } from '../testing/tree.ts';
import { readArchive } from './read-archive.ts';
import { unpackImage } from './unpack-image.ts';

/** Reads an archive of these bytes and unpacks its image. */
async function unpacked(bytes: Uint8Array): Promise<Tree> {
  await using directory = await tempDirectory();
  const file = path.join(directory.path, 'image.tar');
  await writeFile(file, bytes);
  const image = await readArchive(file);
  await using root = await tempDirectory();
  await unpackImage(image, { directory: root.path });
  return await readTree(root.path);
}

describe('readArchive()', () => {
  const layer = tarOf({ name: 'index.js', content: 'hello' });

  it('reads docker save of old, whose layers are named by nothing', async () => {
    const config = json({
      os: 'wasi',
      architecture: 'wasm32',
      config: { Entrypoint: null },
      rootfs: { type: 'layers', diff_ids: [digestOf(await layer)] },
    });
    const name = `${hexOf(digestOf(config))}.json`;
    const list = json([{ Config: name, RepoTags: ['x:1'], Layers: ['abc/layer.tar'] }]);
    const members = [
      { name: 'manifest.json', content: list },
      { name, content: config },
    ];
    const plain = [...members, { name: 'abc/layer.tar', content: await layer }];
    const zipped = [...members, { name: 'abc/layer.tar', content: gzipSync(await layer) }];
    expect(await unpacked(await tarOf(...plain))).toEqual({ 'index.js': 'hello' });
    expect(await unpacked(await tarOf(...zipped))).toEqual({ 'index.js': 'hello' });
    const other = [
      ...members,
      { name: 'abc/layer.tar', content: await tarOf({ name: 'evil', content: '' }) },
    ];
    await expect(unpacked(await tarOf(...other))).rejects.toThrow('its digest is');
  });

  it('finds the image in an index within the index, past attestations and what is not there', async () => {
    const wanted = imageParts({ layers: [await layer] });
    const linux = imageParts({ layers: [await layer], os: 'linux', architecture: 'amd64' });
    const absent = { ...wanted.manifest, digest: digestOf(json('absent')) };
    const attestation = {
      ...linux.manifest,
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    const inner = json({
      schemaVersion: 2,
      manifests: [attestation, absent, linux.manifest, wanted.manifest],
    });
    const outer = { mediaType: INDEX, digest: digestOf(inner), size: inner.byteLength };
    const blobs = new Map([...wanted.blobs, ...linux.blobs].map((blob) => [blob.name, blob]));
    const name = `blobs/sha256/${hexOf(outer.digest)}`;
    const archive = await tarOf(...layoutMembers([outer]), { name, content: inner }, ...blobs.values());
    expect(await unpacked(archive)).toEqual({ 'index.js': 'hello' });
  });

  it('says what was found in place of the wanted platform', async () => {
    const linux = await layoutArchive({ layers: [await layer], os: 'linux', architecture: 'amd64' });
    await expect(unpacked(linux)).rejects.toMatchObject({ code: 'wrong-platform' });
    await expect(unpacked(linux)).rejects.toThrow(/it holds linux\/amd64, wasi\/wasm is wanted$/);
  });

  it('does not guess between two images', async () => {
    const a = imageParts({ layers: [await layer] });
    const b = imageParts({ layers: [await layer], config: { Cmd: ['b'] } });
    const named = [
      { ...a.manifest, annotations: { 'io.containerd.image.name': 'docker.io/library/a:1' } },
      { ...b.manifest, annotations: { 'org.opencontainers.image.ref.name': 'b' } },
    ];
    const blobs = new Map([...a.blobs, ...b.blobs].map((blob) => [blob.name, blob]));
    const archive = await tarOf(...layoutMembers(named), ...blobs.values());
    await expect(unpacked(archive)).rejects.toThrow('it holds docker.io/library/a:1, b');
  });

  const spoiled: readonly (readonly [string, Partial<Draft>, string, string])[] = [
    [
      'a layer of another content',
      {
        spoilMembers: (members) =>
          members.map((m, i) => (i === 2 ? { ...m, content: flipped(m.content) } : m)),
      },
      'corrupt',
      'its digest is',
    ],
    [
      'a layer that is longer than it says',
      {
        spoilMembers: (members) =>
          members.map((m, i) => (i === 2 ? { ...m, content: longer(m.content) } : m)),
      },
      'corrupt',
      'longer than',
    ],
    [
      'a missing layer',
      { spoilMembers: (members) => members.filter((_, i) => i !== 2) },
      'corrupt',
      'is missing',
    ],
    [
      'a diff ID of another layer',
      {
        spoilConfig: (config) => ({ ...config, rootfs: { type: 'layers', diff_ids: [digestOf(json('x'))] } }),
      },
      'corrupt',
      'its digest is',
    ],
    [
      'a layer the config does not know',
      { spoilConfig: (config) => ({ ...config, rootfs: { type: 'layers', diff_ids: [] } }) },
      'corrupt',
      'it has 1 layers and its config 0',
    ],
    [
      'a foreign layer with a URL of a metadata service',
      {
        spoilManifest: (manifest) => ({
          ...manifest,
          layers: manifest.layers.map((one) => ({
            ...one,
            mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
            urls: ['http://169.254.169.254/latest'],
          })),
        }),
      },
      'corrupt',
      'foreign',
    ],
    [
      'a digest that is a path',
      {
        spoilManifest: (manifest) => ({
          ...manifest,
          layers: manifest.layers.map((one) => ({ ...one, digest: 'sha256:../../etc/passwd' })),
        }),
      },
      'corrupt',
      'layers.digest is not a sha256 digest',
    ],
    [
      'a size that is no size',
      {
        spoilManifest: (manifest) => ({
          ...manifest,
          layers: manifest.layers.map((one) => ({ ...one, size: -1 })),
        }),
      },
      'corrupt',
      'layers.size is not a number of bytes',
    ],
    [
      'a config of 100 MB by its descriptor',
      { spoilManifest: (manifest) => ({ ...manifest, config: { ...manifest.config, size: 100_000_000 } }) },
      'unsafe',
      'longer than 4194304 bytes',
    ],
    [
      'a manifest that calls itself an index',
      { spoilManifest: (manifest) => ({ ...manifest, mediaType: INDEX }) },
      'corrupt',
      'it calls itself',
    ],
    [
      'an artifact',
      {
        spoilManifest: (manifest) => ({
          ...manifest,
          config: { ...manifest.config, mediaType: 'application/vnd.wasm.config.v0+json' },
        }),
      },
      'not-an-image',
      'application/vnd.wasm.config.v0+json',
    ],
    [
      'a million layers',
      {
        spoilManifest: (manifest) => ({ ...manifest, layers: Array(1000).fill(manifest.layers[0]) }),
        spoilConfig: (config) => ({
          ...config,
          rootfs: { type: 'layers', diff_ids: Array(1000).fill(config.rootfs.diff_ids[0]) },
        }),
      },
      'unsafe',
      'more than 127 layers',
    ],
    [
      'an entry that is there twice',
      { spoilMembers: (members) => [...members, ...members.slice(1, 2)] },
      'corrupt',
      'holds "index.json" twice',
    ],
    [
      'an index.json that is no JSON',
      { spoilMembers: (members) => members.map((m, i) => (i === 1 ? { ...m, content: '{' } : m)) },
      'corrupt',
      'it is not JSON',
    ],
    [
      'an index.json with no list',
      {
        spoilMembers: (members) =>
          members.map((m, i) => (i === 1 ? { ...m, content: '{"__proto__":{}}' } : m)),
      },
      'corrupt',
      'manifests is not a list',
    ],
    [
      'neither of the two forms',
      { spoilMembers: (members) => members.slice(2) },
      'not-an-image',
      'neither "oci-layout" nor "manifest.json"',
    ],
  ];

  it.each(spoiled)('refuses %s', async (_title, draft, code, why) => {
    const done = unpacked(await layoutArchive({ layers: [await layer], ...draft }));
    await expect(done).rejects.toMatchObject({ code });
    await expect(done).rejects.toThrow(why);
  });

  it('refuses a layer that is no gzip, with its number', async () => {
    const broken = Buffer.from('not gzip at all');
    const archive = layoutArchive({
      layers: [await layer],
      spoilManifest: (manifest) => ({
        ...manifest,
        layers: [{ ...manifest.layers[0], digest: digestOf(broken), size: broken.byteLength }],
      }),
      spoilMembers: (members) => [
        ...members,
        { name: `blobs/sha256/${hexOf(digestOf(broken))}`, content: broken },
      ],
    });
    await expect(unpacked(await archive)).rejects.toThrow(
      /Cannot decompress layer 1 of .*: incorrect header check/,
    );
  });

  it('stops a layer that decompresses to more than the limit', async () => {
    await using directory = await tempDirectory();
    const bomb = await tarOf({ name: 'zeros', content: Buffer.alloc(3_000_000) });
    const file = path.join(directory.path, 'bomb.tar');
    await writeFile(file, await layoutArchive({ layers: [bomb] }));
    await using root = await tempDirectory();
    const limits = { bytes: 1_000_000, entries: 10, layers: 10 };
    const done = unpackImage(await readArchive(file), { directory: root.path, limits });
    await expect(done).rejects.toMatchObject({ code: 'unsafe' });
  });

  it.each([
    ['text', Buffer.from('hello '.repeat(200)), 'as a tar'],
    ['an archive compressed as a whole', gzipSync('x'), 'compressed as a whole'],
    ['nothing', Buffer.alloc(0), 'neither'],
  ])('refuses a file of %s', async (_title, bytes, why) => {
    await expect(unpacked(bytes)).rejects.toMatchObject({ code: 'not-an-image' });
    await expect(unpacked(bytes)).rejects.toThrow(why);
  });

  it('says that a file is missing', async () => {
    await using directory = await tempDirectory();
    const done = readArchive(path.join(directory.path, 'nope.tar'));
    await expect(done).rejects.toMatchObject({ code: 'not-found' });
    expect(await readdir(directory.path)).toEqual([]);
  });
});

/** Changes the byte of a gzip header that decompression does not look at. */
function flipped(content: string | Uint8Array | undefined): Buffer {
  const bytes = Buffer.from(content ?? '');
  bytes[9] = (bytes[9] ?? 0) ^ 1;
  return bytes;
}

function longer(content: string | Uint8Array | undefined): Buffer {
  return Buffer.concat([Buffer.from(content ?? ''), Buffer.from('more')]);
}
