import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Interpreters are some tens of megabytes. */
export const MAX_FILE_BYTES: number = 256 * 1024 ** 2;

/** An index is some kilobytes. */
const MAX_INDEX_BYTES = 1024 ** 2;

const PATIENCE_MS = 300_000;

/**
 * Opens what a URL names. What comes over the network may name nothing but the network: a file of this machine
 * is opened only for an index that lies on it.
 */
export async function openUrl(url: string, base: string): Promise<AsyncIterable<Uint8Array>> {
  const isLocal = base.startsWith('file:');
  if (!URL.canParse(url, base)) throw new Error('it is no URL');
  const target = new URL(url, base);
  if (target.protocol === 'file:') {
    if (!isLocal) throw new Error('an index from the network cannot name files of this machine');
    return createReadStream(fileURLToPath(target));
  }
  if (target.protocol !== 'https:' && target.protocol !== 'http:')
    throw new Error('only https, http and file URLs are taken');
  const response = await fetch(target, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
    (error: unknown) => {
      const { cause } = error as Error;
      throw new Error(cause instanceof Error ? cause.message : String(error), { cause: error });
    },
  );
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new Error(`the server answers ${response.status}`);
  }
  return response.body;
}

/** Reads the text of an index. */
export async function readIndex(url: string): Promise<string> {
  try {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of await openUrl(url, url)) {
      bytes += chunk.length;
      if (bytes > MAX_INDEX_BYTES) throw new Error(`it is larger than ${MAX_INDEX_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot read the index "${url}": ${reason}`, { cause: error });
  }
}
