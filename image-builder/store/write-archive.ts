import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ImageError, reasonOf } from '../errors.ts';
import type { ImageBlob } from '../image/descriptor.ts';
import { hexOf } from '../image/digest.ts';
import type { Image } from '../image/image.ts';
import { INDEX } from '../image/media-types.ts';
import { familiarName, fullName, type Reference } from '../image/reference.ts';
import { type TarMember, writeTar } from '../tar/write.ts';
import * as layout from './archive-layout.ts';

export interface ArchiveRequest {
  readonly image: Image;
  /** Tagged references, at least one. */
  readonly names: readonly Reference[];
  /** Path of the archive; replaced at once when it is complete, and not touched before. */
  readonly file: string;
  /** Seconds since 1970. */
  readonly mtime: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes one tar that is an OCI image layout and a docker-archive at the same time, so that `ctr images import`,
 * `docker load` and skopeo all take it. The same image and names give the same bytes.
 */
export async function writeArchive({ image, names, file, mtime, signal }: ArchiveRequest): Promise<void> {
  const partial = path.join(path.dirname(file), `.${path.basename(file)}.${randomUUID()}.partial`);
  try {
    await pipeline(writeTar(members(image, names), mtime), createWriteStream(partial, { flags: 'wx' }), {
      ...(signal && { signal }),
    });
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof ImageError || signal?.aborted) throw error;
    throw new ImageError('io', `Cannot write "${file}": ${reasonOf(error)}`, { cause: error });
  }
}

function* members(image: Image, names: readonly Reference[]): Generator<TarMember, void, undefined> {
  yield json(layout.LAYOUT_FILE, { imageLayoutVersion: layout.LAYOUT_VERSION });
  yield json(layout.INDEX_FILE, ociIndex(image, names));
  yield json(layout.DOCKER_FILE, dockerManifest(image, names));
  yield { type: 'directory', name: path.posix.dirname(layout.BLOB_FOLDER) };
  yield { type: 'directory', name: layout.BLOB_FOLDER };
  const written = new Set<string>();
  for (const blob of [image.manifest, image.config, ...image.layers]) {
    const name = blobPath(blob);
    if (written.has(name)) continue;
    written.add(name);
    const { size } = blob.descriptor;
    yield { type: 'file', name, executable: false, size, content: () => blob.open() };
  }
}

/**
 * One entry per name, as containerd's own export does it. There is no `platform` in it: `ctr images import` would
 * then drop the image as one for another machine, on every version.
 */
function ociIndex(image: Image, names: readonly Reference[]): object {
  const manifests = names.map((name) => ({
    ...image.manifest.descriptor,
    annotations: { [layout.NAME_ANNOTATION]: fullName(name), [layout.REF_ANNOTATION]: name.tag },
  }));
  return { schemaVersion: 2, mediaType: INDEX, manifests };
}

/** docker-archive, moby image/spec/v1.2.md "Combined Image JSON + Filesystem Changeset Format". */
function dockerManifest(image: Image, names: readonly Reference[]): object {
  return [
    {
      Config: blobPath(image.config),
      RepoTags: names.map(familiarName),
      Layers: image.layers.map(blobPath),
    },
  ];
}

function blobPath({ descriptor }: ImageBlob): string {
  return `${layout.BLOB_FOLDER}/${hexOf(descriptor.digest)}`;
}

function json(name: string, value: object): TarMember {
  const bytes = Buffer.from(JSON.stringify(value));
  return {
    type: 'file',
    name,
    executable: false,
    size: bytes.byteLength,
    async *content() {
      yield bytes;
    },
  };
}
