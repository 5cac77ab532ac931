import { constants, lstat, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { ImageError, reasonOf, systemCode } from '../errors.ts';
import { BLOB_FOLDER, INDEX_FILE, LAYOUT_FILE } from './archive-layout.ts';
import { type ImageFile, ImageFiles, MAX_MEMBERS } from './image-files.ts';

/** Whether a directory says of itself that it is an OCI image layout (image-spec image-layout.md#oci-layout-file). */
export async function isLayoutDirectory(directory: string): Promise<boolean> {
  return (await sizeOfFile(path.join(directory, LAYOUT_FILE))) !== undefined;
}

/**
 * Opens an OCI image layout directory. Links in it are taken for missing: whoever wrote it must not choose which
 * other files of this machine are read.
 */
export async function openLayoutDirectory(directory: string): Promise<ImageFiles> {
  const files = new Map<string, ImageFile>();
  try {
    const blobs = await readdir(path.join(directory, BLOB_FOLDER));
    if (blobs.length > MAX_MEMBERS) {
      throw new ImageError('unsafe', `Cannot use "${directory}": it has more than ${MAX_MEMBERS} blobs`);
    }
    for (const name of [LAYOUT_FILE, INDEX_FILE, ...blobs.map((blob) => `${BLOB_FOLDER}/${blob}`)]) {
      const file = path.join(directory, name);
      const size = await sizeOfFile(file);
      if (size !== undefined) files.set(name, { size, open: () => bytesOf(file) });
    }
  } catch (error) {
    if (error instanceof ImageError) throw error;
    const code = systemCode(error) === 'ENOENT' ? 'not-an-image' : 'io';
    throw new ImageError(code, `Cannot use "${directory}" as an OCI layout: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  return new ImageFiles(directory, files);
}

/** Bytes of a regular file; undefined for anything else. */
async function sizeOfFile(file: string): Promise<number | undefined> {
  try {
    const status = await lstat(file);
    return status.isFile() ? status.size : undefined;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  yield* handle.createReadStream({ autoClose: false });
}
