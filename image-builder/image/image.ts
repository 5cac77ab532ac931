import { type ConfigRequest, type ImageConfig, makeConfig } from './config.ts';
import type { Descriptor, ImageBlob } from './descriptor.ts';
import { type Digest, digestOf } from './digest.ts';
import { CONFIG, MANIFEST } from './media-types.ts';

/** image-spec manifest.md; keys in the order they are written. */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** One image for one platform, wherever its bytes are. */
export interface Image {
  readonly manifest: ImageBlob;
  readonly config: ImageBlob;
  /** Bottom first. */
  readonly layers: readonly ImageBlob[];
}

/** A layer blob and the digest of what it holds uncompressed. */
export interface Layer extends ImageBlob {
  readonly diffId: Digest;
}

export interface ImageRequest extends Omit<ConfigRequest, 'diffIds'> {
  readonly layers: readonly Layer[];
}

/**
 * Puts layers together into an image with one manifest and no index: the form every CRI, ctr and Docker with the
 * containerd image store pull, unpack and run without being told a platform.
 */
export function assembleImage({ layers, ...request }: ImageRequest): Image {
  const config = document(CONFIG, makeConfig({ ...request, diffIds: layers.map((layer) => layer.diffId) }));
  const manifest = document(MANIFEST, {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: config.descriptor,
    layers: layers.map((layer) => layer.descriptor),
  });
  return { manifest, config, layers };
}

/** Serialises `value` as it stands: the order of its keys is the order in the bytes, and so in the digest. */
function document(mediaType: string, value: Manifest | ImageConfig): ImageBlob {
  const bytes = Buffer.from(JSON.stringify(value));
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
  return {
    descriptor,
    async *open() {
      yield bytes;
    },
  };
}
