import path from 'node:path';
import { ImageError } from '../errors.ts';
import { Decoder } from '../image/decode.ts';
import { digestOf, hexOf } from '../image/digest.ts';
import type { Compression } from '../image/media-types.ts';
import { DOCKER_FILE } from './archive-layout.ts';
import type { ImageFiles } from './image-files.ts';
import type { StoredImage } from './stored-image.ts';

/**
 * Reads the archive of `docker save` before Docker 25: a list of configs and layer files, in which only the config has
 * a digest, its name. What layers unpack to is in the config all the same.
 */
export async function readDockerArchive(
  archive: ImageFiles,
  decoder: Decoder,
): Promise<readonly StoredImage[]> {
  const images = decoder.parse(await archive.document(DOCKER_FILE));
  if (!Array.isArray(images))
    throw new ImageError('corrupt', `Cannot use "${archive.path}": it lists no images`);
  return await Promise.all(images.map((image) => readImage(archive, decoder, image)));
}

async function readImage(archive: ImageFiles, decoder: Decoder, value: unknown): Promise<StoredImage> {
  const image = decoder.object(value, 'the list');
  const configName = decoder.text(image['Config'], 'Config');
  const files = decoder.texts(image['Layers'], 'Layers');
  const bytes = await archive.document(configName);
  const id = digestOf(bytes);
  if (!path.posix.basename(configName).startsWith(hexOf(id))) {
    throw new ImageError('corrupt', `Cannot use "${configName}" of "${archive.path}": its digest is ${id}`);
  }
  const document = new Decoder(`"${configName}" of "${archive.path}"`);
  const config = document.config(document.parse(bytes));
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== files.length) {
    const why = `it has ${files.length} layers and its config ${diffIds.length}`;
    throw new ImageError('corrupt', `Cannot use "${archive.path}": ${why}`);
  }
  const layers = await Promise.all(
    files.map(async (file, index) => ({
      what: `layer ${index + 1} of "${archive.path}"`,
      compression: await sniff(archive.stream(file)),
      size: archive.sizeOf(file),
      diffId: diffIds[index] ?? id,
      open: () => archive.stream(file),
    })),
  );
  return { id, names: decoder.texts(image['RepoTags'] ?? [], 'RepoTags'), config, layers };
}

/** The format has no media types: the first bytes decide. */
async function sniff(source: AsyncIterable<Uint8Array>): Promise<Compression> {
  for await (const chunk of source) {
    const start = Buffer.from(chunk.subarray(0, 4));
    if (start.length === 4 && start.readUInt32LE() === 0xfd2fb528) return 'zstd';
    return start.length >= 2 && start.readUInt16BE() === 0x1f8b ? 'gzip' : 'none';
  }
  return 'none';
}
