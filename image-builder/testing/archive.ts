import { gzipSync } from 'node:zlib';
import { type Digest, digestOf, hexOf } from '../image/digest.ts';
import { CONFIG, INDEX, LAYER_GZIP, MANIFEST } from '../image/media-types.ts';
import { type Member, tarOf } from './tar.ts';

/** An image archive a test takes apart and spoils before it is read. */
export interface Draft {
  /** Uncompressed tars, lowest first. */
  readonly layers: readonly Uint8Array[];
  readonly os?: string;
  readonly architecture?: string;
  /** Merged into the config's `config`. */
  readonly config?: object;
  /** Changes the documents before they are hashed. */
  readonly spoilManifest?: (manifest: ManifestDraft) => unknown;
  readonly spoilConfig?: (config: { rootfs: { diff_ids: Digest[] } }) => unknown;
  /** Changes the members before the archive is written. */
  readonly spoilMembers?: (members: Member[]) => Member[];
}

interface DescriptorDraft {
  mediaType: string;
  digest: Digest;
  size: number;
  urls?: readonly string[];
}

export interface ManifestDraft {
  schemaVersion: number;
  mediaType: string;
  config: DescriptorDraft;
  layers: DescriptorDraft[];
}

export interface ImageParts {
  readonly manifest: DescriptorDraft;
  readonly blobs: readonly Member[];
}

export function imageParts(draft: Draft): ImageParts {
  const blobs = new Map<string, Member>();
  function store(mediaType: string, bytes: Uint8Array): DescriptorDraft {
    const digest = digestOf(bytes);
    const name = `blobs/sha256/${hexOf(digest)}`;
    blobs.set(name, { name, content: bytes });
    return { mediaType, digest, size: bytes.byteLength };
  }
  const layers = draft.layers.map((layer) => store(LAYER_GZIP, gzipSync(layer)));
  const config = {
    os: draft.os ?? 'wasi',
    architecture: draft.architecture ?? 'wasm',
    config: { Entrypoint: ['.'], ...draft.config },
    rootfs: { type: 'layers', diff_ids: draft.layers.map((layer) => digestOf(layer)) },
  };
  const manifest: ManifestDraft = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: store(CONFIG, json(draft.spoilConfig?.(config) ?? config)),
    layers,
  };
  return {
    manifest: store(MANIFEST, json(draft.spoilManifest?.(manifest) ?? manifest)),
    blobs: [...blobs.values()],
  };
}

/** The tar of an OCI layout with the image of `draft`. */
export async function layoutArchive(draft: Draft): Promise<Buffer> {
  const { manifest, blobs } = imageParts(draft);
  const members = [...layoutMembers([manifest]), ...blobs];
  return await tarOf(...(draft.spoilMembers?.(members) ?? members));
}

export function layoutMembers(manifests: readonly object[]): Member[] {
  return [
    { name: 'oci-layout', content: json({ imageLayoutVersion: '1.0.0' }) },
    { name: 'index.json', content: json({ schemaVersion: 2, mediaType: INDEX, manifests }) },
  ];
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
