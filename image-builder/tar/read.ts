import { once } from 'node:events';
import { extract, type Header } from 'tar-stream';
import { reasonOf } from '../errors.ts';

/** What a header says; names are as hostile as whoever wrote the archive. */
export interface TarEntry {
  readonly name: string;
  /** `undefined` for kinds no reader needs to know, such as GNU sparse files. */
  readonly type: Header['type'] | undefined;
  /** Bytes of content. */
  readonly size: number;
  readonly mode: number;
  /** Target of a link, else empty. */
  readonly linkname: string;
  /** Where the content starts in the archive. */
  readonly offset: number;
  /** PAX records of the entry. */
  readonly pax: Readonly<Record<string, string>>;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Reads a tar archive as it comes. Content nobody asks for is skipped when the next entry is. Paths are not looked at:
 * see `layer/path-guard.ts`.
 */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry, void, undefined> {
  const tar = extract();
  const reader = new AbortController();

  async function feed(): Promise<void> {
    for await (const chunk of source) {
      if (tar.destroyed) return;
      if (!tar.write(chunk)) await once(tar, 'drain', { signal: reader.signal });
    }
    tar.end(null);
  }

  let failure: unknown;
  // A failure must end the reader below, which waits on the tar stream and not on `feed`.
  const fed = feed().catch((error: unknown) => {
    failure = error;
    tar.destroy(error instanceof Error ? error : new Error(reasonOf(error)));
  });

  /** Of an archive that ends too early a member only learns that its stream is gone. */
  async function* content(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* stream;
    } catch (error) {
      throw failure ?? new Error('Unexpected end of data', { cause: error });
    }
  }

  try {
    for await (const stream of tar) {
      yield entryOf(stream.header, content(stream as AsyncIterable<Uint8Array>));
      stream.resume();
    }
  } finally {
    tar.destroy(null);
    reader.abort();
    await fed;
  }
}

/** The package's types leave out what it adds to a header. */
interface FullHeader extends Omit<Header, 'type' | 'linkname' | 'pax'> {
  readonly type: Header['type'] | null;
  readonly linkname: string | null;
  readonly pax?: Readonly<Record<string, string>> | null;
  readonly byteOffset?: number;
}

function entryOf(header: Header, content: AsyncIterable<Uint8Array>): TarEntry {
  const { name, type, size, mode, linkname, byteOffset, pax } = header as FullHeader;
  return {
    name,
    type: type ?? undefined,
    size,
    mode,
    linkname: linkname ?? '',
    offset: byteOffset ?? 0,
    pax: pax ?? {},
    content,
  };
}
