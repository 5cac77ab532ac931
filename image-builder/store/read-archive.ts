import { ImageError } from '../errors.ts';
import { Decoder } from '../image/decode.ts';
import type { Digest } from '../image/digest.ts';
import { type Platform, platformOfWorkers, platformText, runsWorkers } from '../image/platform.ts';
import { openArchive } from './archive-file.ts';
import { DOCKER_FILE, LAYOUT_FILE } from './archive-layout.ts';
import { readDockerArchive } from './docker-archive.ts';
import type { ImageFiles } from './image-files.ts';
import { openLayoutDirectory } from './layout-directory.ts';
import { readLayout } from './oci-layout.ts';
import type { StoredImage } from './stored-image.ts';

/**
 * Opens the one `wasi/wasm` image of an archive: ours, `docker save`, or the tar of an OCI image layout.
 * @throws {ImageError} `wrong-platform` with what was found instead; `usage` if there are several
 */
export async function readArchive(file: string, signal?: AbortSignal): Promise<StoredImage> {
  return await onlyImage(await openArchive(file, signal));
}

/** As `readArchive`, of an OCI image layout that is a directory. */
export async function readLayoutDirectory(directory: string): Promise<StoredImage> {
  return await onlyImage(await openLayoutDirectory(directory));
}

async function onlyImage(files: ImageFiles): Promise<StoredImage> {
  const candidates = await imagesIn(files);
  const matching = new Map<Digest, StoredImage>();
  for (const candidate of candidates) {
    if (runsWorkers(candidate.config)) matching.set(candidate.id, candidate);
  }
  const [first, ...others] = matching.values();
  if (first === undefined)
    throw wrongPlatform(
      files.path,
      candidates.map((candidate) => candidate.config),
    );
  if (others.length > 0) {
    const names = [first, ...others].map(({ names: [name], id }) => name ?? id).join(', ');
    throw new ImageError('usage', `Cannot choose an image in "${files.path}": it holds ${names}`);
  }
  return first;
}

/** The layout wins where an archive has both forms, as it does in every engine: only there bytes have digests. */
async function imagesIn(archive: ImageFiles): Promise<readonly StoredImage[]> {
  if (archive.has(LAYOUT_FILE)) return await readLayout(archive);
  if (archive.has(DOCKER_FILE)) {
    const what = `"${DOCKER_FILE}" of "${archive.path}"`;
    return await readDockerArchive(archive, new Decoder(what));
  }
  const why = `it has neither "${LAYOUT_FILE}" nor "${DOCKER_FILE}"`;
  throw new ImageError('not-an-image', `Cannot use "${archive.path}" as an image: ${why}`);
}

function wrongPlatform(file: string, found: readonly Platform[]): ImageError {
  const wanted = platformText(platformOfWorkers);
  const platforms = [...new Set(found.map(platformText))].join(', ') || 'nothing';
  return new ImageError('wrong-platform', `Cannot use "${file}": it holds ${platforms}, ${wanted} is wanted`);
}
