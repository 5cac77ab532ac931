import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { link } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../image/digest.ts';
import { assembleImage, type Image } from '../../image/image.ts';
import { LAYER_GZIP } from '../../image/media-types.ts';
import { parseReference } from '../../image/reference.ts';
import { FakeContainerd } from '../../testing/fake-containerd.ts';
import { streamOf } from '../../testing/tar.ts';
import { tempDirectory } from '../../testing/tree.ts';
import { loadIntoContainerd } from './load.ts';

const content = randomBytes(2_500_000);
const names = ['docker.io/library/apps:latest', 'ghcr.io/me/apps:1'].map(parseReference);

function imageOf(bytes: Buffer, promised: Buffer = bytes): Image {
  const descriptor = { mediaType: LAYER_GZIP, digest: digestOf(promised), size: bytes.byteLength };
  const layer = { descriptor, diffId: digestOf(promised), open: () => streamOf(bytes) };
  return assembleImage({ layers: [layer], entrypoint: ['.'], epoch: 0 });
}

const image = imageOf(content);
const manifestDigest = image.manifest.descriptor.digest;

async function load(fake: { address: string }, what: Image = image): Promise<void> {
  await loadIntoContainerd({ address: fake.address, containerdNamespace: 'k8s.io', image: what, names });
}

describe('loadIntoContainerd()', () => {
  it('stores every blob, names the image and gives the lease back', async () => {
    await using directory = await tempDirectory();
    await using fake = await FakeContainerd.listen(directory.path);
    await load(fake);
    expect([...fake.blobs.keys()]).toEqual(
      [image.layers[0], image.config, image.manifest].map((blob) => blob?.descriptor.digest),
    );
    expect(Object.fromEntries(fake.images)).toEqual({
      'docker.io/library/apps:latest': manifestDigest,
      'ghcr.io/me/apps:1': manifestDigest,
    });
    expect(fake.leases.size).toBe(0);
  });

  it('does everything in the namespace, and under the lease once it has one', async () => {
    await using directory = await tempDirectory();
    await using fake = await FakeContainerd.listen(directory.path);
    await load(fake);
    const [first, ...rest] = fake.calls;
    expect(first?.method).toBe('Leases.Create');
    expect(new Set(fake.calls.map((call) => call.namespace))).toEqual(new Set(['k8s.io']));
    expect(new Set(rest.map((call) => call.lease)).size).toBe(1);
    expect(rest[0]?.lease).toMatch(/^wasm-image-/);
  });

  it('labels the manifest with what it refers to, so that garbage collection keeps it', async () => {
    await using directory = await tempDirectory();
    await using fake = await FakeContainerd.listen(directory.path);
    await load(fake);
    expect(fake.blobs.get(manifestDigest)?.labels).toEqual({
      'containerd.io/gc.ref.content.config': image.config.descriptor.digest,
      'containerd.io/gc.ref.content.l.0': digestOf(content),
    });
  });

  it('writes in messages containerd takes', async () => {
    await using directory = await tempDirectory();
    await using fake = await FakeContainerd.listen(directory.path);
    await load(fake);
    const sizes = fake
      .seen('Content.Write WRITE')
      .map(({ request }) => (request as { data: Buffer }).data.byteLength);
    expect(sizes.slice(0, 3)).toEqual([1_048_576, 1_048_576, 402_848]);
  });

  it('loads again: what is there stays, labels are made sure of, names are moved', async () => {
    await using directory = await tempDirectory();
    await using fake = await FakeContainerd.listen(directory.path);
    await load(fake);
    fake.images.set('ghcr.io/me/apps:1', 'sha256:of-another-image');
    fake.calls.length = 0;
    await load(fake);
    expect(fake.seen('Content.Write WRITE')).toEqual([]);
    expect(fake.seen('Content.Update')[0]?.request).toMatchObject({
      info: { digest: manifestDigest, labels: { 'containerd.io/gc.ref.content.l.0': digestOf(content) } },
      updateMask: { paths: expect.arrayContaining(['labels.containerd.io/gc.ref.content.l.0']) },
    });
    expect(fake.images.get('ghcr.io/me/apps:1')).toBe(manifestDigest);
  });

  it('names nothing and leaves no lease when a blob is not what its descriptor says', async () => {
    await using directory = await tempDirectory();
    await using fake = await FakeContainerd.listen(directory.path);
    const done = load(fake, imageOf(content, randomBytes(3)));
    await expect(done).rejects.toMatchObject({ code: 'engine-failed' });
    await expect(done).rejects.toThrow('unexpected commit digest');
    expect([fake.images.size, fake.leases.size, fake.seen('Content.Abort').length]).toEqual([0, 0, 1]);
  });

  it('notices when containerd stored something else', async () => {
    await using directory = await tempDirectory();
    await using fake = await FakeContainerd.listen(directory.path);
    fake.lie = 'sha256:other';
    await expect(load(fake)).rejects.toMatchObject({ code: 'corrupt' });
    expect(fake.images.size).toBe(0);
  });

  it.each([
    ['Images.Create', status.INVALID_ARGUMENT, 'engine-failed', 'containerd answers "no" to /containerd'],
    ['Leases.Create', status.PERMISSION_DENIED, 'engine-denied', 'containerd answers "no"'],
    ['Leases.Create', status.UNIMPLEMENTED, 'engine-foreign', 'it has no such service'],
    ['Content.Write WRITE', status.RESOURCE_EXHAUSTED, 'engine-failed', 'containerd answers "no"'],
  ])('reports a failure of %s with status %i as %s', async (method, code, kind, why) => {
    await using directory = await tempDirectory();
    await using fake = await FakeContainerd.listen(directory.path);
    fake.failing = { method, code, details: 'no' };
    await expect(load(fake)).rejects.toMatchObject({ code: kind });
    await expect(load(fake)).rejects.toThrow(why);
    expect(fake.leases.size).toBe(0);
  });

  it('stops when it is told to, and gives the lease back', async () => {
    await using directory = await tempDirectory();
    await using fake = await FakeContainerd.listen(directory.path);
    const stop = new AbortController();
    const done = loadIntoContainerd({
      address: fake.address,
      containerdNamespace: 'default',
      image,
      names,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(done).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect([fake.images.size, fake.leases.size]).toEqual([0, 0]);
  });
});

describe('a socket that is no containerd', () => {
  async function listening(
    server: Server,
    directory: string,
  ): Promise<AsyncDisposable & { address: string }> {
    const address = path.join(directory, 's.sock');
    server.listen(address);
    await once(server, 'listening');
    return {
      address,
      async [Symbol.asyncDispose]() {
        const closed = once(server, 'close');
        server.close();
        await closed;
      },
    };
  }

  it('is missing', async () => {
    const address = '/nonexistent/containerd.sock';
    await expect(load({ address })).rejects.toMatchObject({ code: 'engine-missing' });
    await expect(load({ address })).rejects.toThrow(
      `Cannot reach containerd at "${address}": there is no such socket`,
    );
  });

  it('has nobody behind it', async () => {
    await using directory = await tempDirectory();
    const dead = path.join(directory.path, 'dead.sock');
    // A socket file outlives its server only if the server is killed: a socket that is no listener does as well.
    await using fake = await FakeContainerd.listen(directory.path);
    await link(fake.address, dead);
    await fake[Symbol.asyncDispose]();
    await expect(load({ address: dead })).rejects.toThrow('nothing listens on it');
  });

  it('speaks something else', async () => {
    await using directory = await tempDirectory();
    const server = createServer((socket) =>
      socket
        .resume()
        .on('error', () => socket.destroy())
        .end('220 mail ready\r\n'),
    );
    await using foreign = await listening(server, directory.path);
    const target = { address: foreign.address, containerdNamespace: 'default' };
    const done = loadIntoContainerd({ ...target, image, names, timeoutMs: 300 });
    await expect(done).rejects.toMatchObject({ code: 'engine-foreign' });
    await expect(done).rejects.toThrow(
      `Cannot use "${foreign.address}" as containerd: it does not speak gRPC`,
    );
  });

  it('says nothing', async () => {
    await using directory = await tempDirectory();
    const sockets = new Set<{ destroy(): unknown }>();
    const server = createServer((socket) => sockets.add(socket.resume().on('error', () => socket.destroy())));
    await using foreign = await listening(server, directory.path);
    const target = { address: foreign.address, containerdNamespace: 'default' };
    const done = loadIntoContainerd({ ...target, image, names, timeoutMs: 200 });
    await expect(done).rejects.toMatchObject({ code: 'engine-foreign' });
    for (const socket of sockets) socket.destroy();
  });
});
