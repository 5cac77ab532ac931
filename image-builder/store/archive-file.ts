import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { ImageError, reasonOf, systemCode } from '../errors.ts';
import { readTar } from '../tar/read.ts';
import { type ImageFile, ImageFiles, MAX_MEMBERS } from './image-files.ts';

const READ_SIZE = 1024 * 1024;

/** Opens an image archive on disk. Reads it once to learn what is where. */
export async function openArchive(path: string, signal?: AbortSignal): Promise<ImageFiles> {
  await refuseOtherFiles(path);
  const files = new Map<string, ImageFile>();
  try {
    const source = createReadStream(path, { highWaterMark: READ_SIZE, ...(signal && { signal }) });
    for await (const entry of readTar(source)) {
      if (entry.type !== 'file') continue;
      const name = entry.name.replace(/^\.\//, '');
      if (files.has(name)) throw new ImageError('corrupt', `Cannot use "${path}": it holds "${name}" twice`);
      files.set(name, memberOf(path, entry.offset, entry.size));
      if (files.size > MAX_MEMBERS) {
        throw new ImageError('unsafe', `Cannot use "${path}": it has more than ${MAX_MEMBERS} members`);
      }
    }
  } catch (error) {
    if (error instanceof ImageError || signal?.aborted) throw error;
    throw new ImageError('not-an-image', `Cannot read "${path}" as a tar: ${reasonOf(error)}`, {
      cause: error,
    });
  }
  return new ImageFiles(path, files);
}

function memberOf(path: string, offset: number, size: number): ImageFile {
  const range = { start: offset, end: offset + size - 1, highWaterMark: READ_SIZE };
  return { size, open: () => (size === 0 ? nothing() : createReadStream(path, range)) };
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}

/** Compressed archives cannot be read at random; the bytes tell, the name may lie. */
async function refuseOtherFiles(path: string): Promise<void> {
  try {
    await using file = await open(path);
    const start = Buffer.alloc(4);
    await file.read(start, 0, start.byteLength, 0);
    const compressed = start.readUInt16BE() === 0x1f8b || start.readUInt32LE() === 0xfd2fb528;
    if (compressed)
      throw new ImageError('not-an-image', `Cannot read "${path}": it is compressed as a whole`);
  } catch (error) {
    if (error instanceof ImageError) throw error;
    const missing = systemCode(error) === 'ENOENT';
    const why = missing ? 'no such file or directory' : reasonOf(error);
    throw new ImageError(missing ? 'not-found' : 'io', `Cannot read "${path}": ${why}`, { cause: error });
  }
}
