import { once } from 'node:events';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

/** Of all that an archive unpacks to; the largest package with interpreters has 122 MB. */
const MAX_UNPACKED_BYTES = 2 * 1024 ** 3;

/**
 * The content of one file of a `.tar.gz`: the first regular one that `isWanted`. What comes behind it is not looked
 * at. Rejects when there is none.
 */
export async function* archiveMember(
  source: AsyncIterable<Uint8Array>,
  isWanted: (name: string) => boolean,
): AsyncGenerator<Uint8Array, void, undefined> {
  const tar = extract();
  const reader = new AbortController();
  const gunzip = createGunzip();
  const compressed = Readable.from(source);
  compressed.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);

  async function feed(): Promise<void> {
    let bytes = 0;
    for await (const chunk of gunzip) {
      bytes += (chunk as Uint8Array).length;
      if (bytes > MAX_UNPACKED_BYTES)
        throw new Error(`its archive unpacks to more than ${MAX_UNPACKED_BYTES} bytes`);
      if (tar.destroyed) return;
      if (!tar.write(chunk)) await once(tar, 'drain', { signal: reader.signal });
    }
    tar.end(null);
  }

  let failure: unknown;
  const fed = feed().catch((error: unknown) => {
    failure = error;
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const entry of tar) {
      const { name, type } = entry.header;
      if (type === 'file' && isWanted(name)) {
        yield* entry as AsyncIterable<Uint8Array>;
        return;
      }
      entry.resume();
    }
  } catch (error) {
    throw failure ?? error;
  } finally {
    tar.destroy();
    reader.abort();
    gunzip.destroy();
    compressed.destroy();
    await fed;
  }
  throw new Error('its archive has no such file');
}
