import { ImageError } from '../errors.ts';
import type { ImageBlob } from '../image/descriptor.ts';
import { hexOf } from '../image/digest.ts';
import { verified } from '../image/verified.ts';
import { BLOB_FOLDER } from './archive-layout.ts';

/** Members of an archive or a layout: blobs and a few documents. */
export const MAX_MEMBERS = 10_000;
/** Bytes of one JSON document: what distribution-spec makes registries accept. */
const MAX_DOCUMENT = 4 * 1024 * 1024;

/** A file where an image is kept. */
export interface ImageFile {
  /** Bytes. */
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

/** The files of an image on disk, by their names in the layout, whether they lie in a tar or in a directory. */
export class ImageFiles {
  /** Of the archive or the directory. */
  readonly path: string;
  readonly #files: ReadonlyMap<string, ImageFile>;

  constructor(path: string, files: ReadonlyMap<string, ImageFile>) {
    this.path = path;
    this.#files = files;
  }

  has(name: string): boolean {
    return this.#files.has(name);
  }

  hasBlob(descriptor: ImageBlob['descriptor']): boolean {
    return this.has(blobName(descriptor));
  }

  /** Bytes of a file; 0 for one that is missing, which `stream` tells. */
  sizeOf(name: string): number {
    return this.#files.get(name)?.size ?? 0;
  }

  stream(name: string): AsyncIterable<Uint8Array> {
    const file = this.#files.get(name);
    if (file === undefined)
      throw new ImageError('corrupt', `Cannot use "${this.path}": "${name}" is missing`);
    return file.open();
  }

  async document(name: string): Promise<Uint8Array> {
    if (this.sizeOf(name) > MAX_DOCUMENT) {
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
