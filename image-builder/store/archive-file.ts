import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { ImageError, reasonOf, systemCode } from '../errors.ts';
import type { ImageBlob } from '../image/descriptor.ts';
import { hexOf } from '../image/digest.ts';
import { verified } from '../image/verified.ts';
import { readTar } from '../tar/read.ts';
import { BLOB_FOLDER } from './archive-layout.ts';

const READ_SIZE = 1024 * 1024;
/** Members of an archive: blobs and a few documents. */
const MAX_MEMBERS = 10_000;
/** Bytes of one JSON document: what distribution-spec makes registries accept. */
const MAX_DOCUMENT = 4 * 1024 * 1024;

interface Place {
  readonly offset: number;
  readonly size: number;
}

/** An image archive on disk, opened by the names of what is in it. */
export class ArchiveFile {
  readonly path: string;
  readonly #places: ReadonlyMap<string, Place>;

  private constructor(path: string, places: ReadonlyMap<string, Place>) {
    this.path = path;
    this.#places = places;
  }

  /** Reads the archive once to learn what is where. */
  static async open(path: string, signal?: AbortSignal): Promise<ArchiveFile> {
    await refuseOtherFiles(path);
    const places = new Map<string, Place>();
    try {
      const source = createReadStream(path, { highWaterMark: READ_SIZE, ...(signal && { signal }) });
      for await (const entry of readTar(source)) {
        if (entry.type !== 'file') continue;
        const name = entry.name.replace(/^\.\//, '');
        if (places.has(name))
          throw new ImageError('corrupt', `Cannot use "${path}": it holds "${name}" twice`);
        places.set(name, { offset: entry.offset, size: entry.size });
        if (places.size > MAX_MEMBERS) {
          throw new ImageError('unsafe', `Cannot use "${path}": it has more than ${MAX_MEMBERS} members`);
        }
      }
    } catch (error) {
      if (error instanceof ImageError || signal?.aborted) throw error;
      throw new ImageError('not-an-image', `Cannot read "${path}" as a tar: ${reasonOf(error)}`, {
        cause: error,
      });
    }
    return new ArchiveFile(path, places);
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  hasBlob(descriptor: ImageBlob['descriptor']): boolean {
    return this.has(blobName(descriptor));
  }

  stream(name: string): AsyncIterable<Uint8Array> {
    const place = this.#places.get(name);
    if (place === undefined)
      throw new ImageError('corrupt', `Cannot use "${this.path}": "${name}" is missing`);
    if (place.size === 0) return nothing();
    const { offset, size } = place;
    return createReadStream(this.path, { start: offset, end: offset + size - 1, highWaterMark: READ_SIZE });
  }

  async document(name: string): Promise<Uint8Array> {
    const size = this.#places.get(name)?.size ?? 0;
    if (size > MAX_DOCUMENT) {
      throw new ImageError(
        'unsafe',
        `Cannot use "${this.path}": "${name}" is longer than ${MAX_DOCUMENT} bytes`,
      );
    }
    return await collect(this.stream(name));
  }

  /** The bytes a descriptor points at, checked against it while they are read. */
  blob(descriptor: ImageBlob['descriptor'], what: string): AsyncIterable<Uint8Array> {
    return verified(this.stream(blobName(descriptor)), { ...descriptor, what });
  }

  async blobDocument(descriptor: ImageBlob['descriptor'], what: string): Promise<Uint8Array> {
    if (descriptor.size > MAX_DOCUMENT) {
      throw new ImageError('unsafe', `Cannot use ${what}: it is longer than ${MAX_DOCUMENT} bytes`);
    }
    return await collect(this.blob(descriptor, what));
  }
}

function blobName({ digest }: ImageBlob['descriptor']): string {
  return `${BLOB_FOLDER}/${hexOf(digest)}`;
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
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
