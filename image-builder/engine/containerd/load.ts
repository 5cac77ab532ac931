import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { ImageError } from '../../errors.ts';
import type { Image } from '../../image/image.ts';
import { fullName, type Reference } from '../../image/reference.ts';
import { type ClientOptions, ContainerdClient } from './client.ts';
import { statusOf } from './status.ts';
import { writeBlob } from './write-blob.ts';

/** A lease left behind by a killed process ends by itself after this long. */
const LEASE_MS = 60 * 60 * 1000;

export interface LoadRequest extends ClientOptions {
  readonly image: Image;
  readonly names: readonly Reference[];
  /** Told how many bytes of layers are in containerd by now. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Puts `image` into containerd under each of `names`: no `ctr`, no Docker, no platform flag. What it writes is held
 * by a lease until a name refers to it, so that a garbage collection meanwhile takes nothing.
 */
export async function loadIntoContainerd({
  image,
  names,
  onProgress,
  ...options
}: LoadRequest): Promise<void> {
  using client = await ContainerdClient.connect(options);
  await using _lease = await holdLease(client);
  const { signal } = options;
  let bytes = 0;
  for (const blob of [...image.layers, image.config]) {
    await writeBlob(client, blob, { labels: {}, signal });
    bytes += blob.descriptor.size;
    onProgress?.(bytes);
  }
  await writeManifest(client, image, signal);
  signal?.throwIfAborted();
  for (const name of names) await setName(client, fullName(name), image);
}

async function holdLease(client: ContainerdClient): Promise<AsyncDisposable> {
  const id = `wasm-image-${randomUUID()}`;
  const expire = new Date(Date.now() + LEASE_MS).toISOString();
  await client.call('Leases', 'Create', { id, labels: { 'containerd.io/gc.expire': expire } });
  client.holdLease(id);
  return {
    async [Symbol.asyncDispose]() {
      await client.call('Leases', 'Delete', { id });
    },
  };
}

/** The manifest's labels are what keeps config and layers once the lease is gone. */
async function writeManifest(client: ContainerdClient, image: Image, signal?: AbortSignal): Promise<void> {
  const labels: Record<string, string> = {
    'containerd.io/gc.ref.content.config': image.config.descriptor.digest,
  };
  for (const [index, layer] of image.layers.entries()) {
    labels[`containerd.io/gc.ref.content.l.${index}`] = layer.descriptor.digest;
  }
  if (await writeBlob(client, image.manifest, { labels, signal })) return;
  // Whoever stored it first may have done so without them.
  const paths = Object.keys(labels).map((label) => `labels.${label}`);
  const info = { digest: image.manifest.descriptor.digest, labels };
  await client.call('Content', 'Update', { info, updateMask: { paths } });
}

async function setName(client: ContainerdClient, name: string, image: Image): Promise<void> {
  const { mediaType, digest, size } = image.manifest.descriptor;
  const target = { mediaType, digest, size };
  try {
    await client.call('Images', 'Create', { image: { name, target } });
  } catch (error) {
    const cause = error instanceof ImageError ? error.cause : error;
    if (statusOf(cause) !== status.ALREADY_EXISTS) throw error;
    await client.call('Images', 'Update', { image: { name, target }, updateMask: { paths: ['target'] } });
  }
}
