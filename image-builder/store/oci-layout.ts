import { ImageError } from '../errors.ts';
import { Decoder, type IndexEntry } from '../image/decode.ts';
import { configTypes, indexTypes, layerCompression, manifestTypes } from '../image/media-types.ts';
import { INDEX_FILE, NAME_ANNOTATION, REF_ANNOTATION } from './archive-layout.ts';
import type { ImageFiles } from './image-files.ts';
import type { StoredImage, StoredLayer } from './stored-image.ts';

/** Indexes within indexes, as `docker save` of a multi-platform image has them; a deeper one is a trick. */
const MAX_DEPTH = 3;
const MAX_MANIFESTS = 100;

/** Marks the provenance and SBOM documents buildx puts beside an image. */
const ATTESTATION = 'vnd.docker.reference.type';

/** Reads every image of an OCI image layout (image-spec image-layout.md) whose blobs are there. */
export async function readLayout(archive: ImageFiles): Promise<readonly StoredImage[]> {
  const decoder = new Decoder(`"${INDEX_FILE}" of "${archive.path}"`);
  const candidates: StoredImage[] = [];
  let manifests = 0;

  async function visit(entries: readonly IndexEntry[], depth: number): Promise<void> {
    for (const entry of entries) {
      manifests += 1;
      if (manifests > MAX_MANIFESTS || depth > MAX_DEPTH) {
        throw new ImageError('unsafe', `Cannot use "${archive.path}": it lists too many images`);
      }
      // An engine that exports one platform still lists the manifests of all.
      if (entry.annotations?.[ATTESTATION] !== undefined || !archive.hasBlob(entry)) continue;
      if (indexTypes.includes(entry.mediaType)) {
        const what = `the index ${entry.digest}`;
        const document = new Decoder(what);
        await visit(document.index(document.parse(await archive.blobDocument(entry, what))), depth + 1);
      } else if (manifestTypes.includes(entry.mediaType)) {
        candidates.push(await readManifest(archive, entry));
      }
    }
  }

  await visit(decoder.index(decoder.parse(await archive.document(INDEX_FILE))), 1);
  return candidates;
}

async function readManifest(archive: ImageFiles, entry: IndexEntry): Promise<StoredImage> {
  const what = `the manifest ${entry.digest}`;
  const decoder = new Decoder(what);
  const manifest = decoder.manifest(decoder.parse(await archive.blobDocument(entry, what)));
  if (manifest.mediaType && manifest.mediaType !== entry.mediaType) {
    const why = `it calls itself "${manifest.mediaType}" and is listed as "${entry.mediaType}"`;
    throw new ImageError('corrupt', `Cannot use ${what}: ${why}`);
  }
  const names = [entry.annotations?.[NAME_ANNOTATION] ?? entry.annotations?.[REF_ANNOTATION]];
  const known = names.filter((name) => name !== undefined);
  if (!configTypes.includes(manifest.config.mediaType)) {
    // An artifact: helm charts, signatures, a bare Wasm module. It has a platform of its own kind.
    throw new ImageError('not-an-image', `Cannot use ${what}: its config is "${manifest.config.mediaType}"`);
  }
  const config = new Decoder(`the config of ${what}`);
  const bytes = await archive.blobDocument(manifest.config, `the config of ${what}`);
  const parsed = config.config(config.parse(bytes));
  const diffIds = parsed.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    const why = `it has ${manifest.layers.length} layers and its config ${diffIds.length}`;
    throw new ImageError('corrupt', `Cannot use ${what}: ${why}`);
  }
  const layers = diffIds.map((diffId, index): StoredLayer => {
    const descriptor = manifest.layers[index] ?? manifest.config;
    const layer = `layer ${index + 1} of "${archive.path}"`;
    const compression = layerCompression.get(descriptor.mediaType);
    if (compression === undefined) {
      throw new ImageError('corrupt', `Cannot use ${layer}: it is "${descriptor.mediaType}"`);
    }
    return {
      what: layer,
      compression,
      size: descriptor.size,
      diffId,
      open: () => archive.blob(descriptor, layer),
    };
  });
  return { id: entry.digest, names: known, config: parsed, layers };
}
