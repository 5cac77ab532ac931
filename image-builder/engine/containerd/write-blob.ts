import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { ImageError } from '../../errors.ts';
import type { ImageBlob } from '../../image/descriptor.ts';
import type { ContainerdClient, ContentStream } from './client.ts';
import { statusOf } from './status.ts';

/** Well below the 16 MiB containerd takes in one message. */
const CHUNK = 1024 * 1024;

export interface WriteOptions {
  /** Labels of the stored blob, `containerd.io/gc.ref.*` among them. */
  readonly labels: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts one blob into the content store (`Content.Write`: one STAT, WRITEs in step, one COMMIT that checks size and
 * digest).
 * @returns false if it was there already, in which case its labels are left as they were
 */
export async function writeBlob(
  client: ContainerdClient,
  blob: ImageBlob,
  options: WriteOptions,
): Promise<boolean> {
  const { digest: expected, size: total } = blob.descriptor;
  // A name of its own for each attempt: under a shared one, what a broken attempt left is locked or half-written.
  const ref = `wasm-image-${randomUUID()}`;
  options.signal?.throwIfAborted();
  const stream = client.writeStream();
  const cancel = (): void => stream.cancel();
  options.signal?.addEventListener('abort', cancel, { once: true });
  try {
    const answers = stream[Symbol.asyncIterator]();
    async function ask(request: Parameters<ContentStream['write']>[0]): Promise<string> {
      stream.write(request);
      const answer = await answers.next();
      if (answer.done) throw new ImageError('engine-failed', 'Cannot load the image: containerd hung up');
      return answer.value.digest;
    }

    await ask({ action: 'STAT', ref, total, expected });
    let offset = 0;
    for await (const data of chunksOf(blob)) {
      await ask({ action: 'WRITE', ref, total, expected, offset, data });
      offset += data.byteLength;
    }
    const stored = await ask({ action: 'COMMIT', ref, total, expected, offset, labels: options.labels });
    if (stored !== expected) {
      throw new ImageError(
        'corrupt',
        `Cannot load the image: containerd stored ${stored} in place of ${expected}`,
      );
    }
    return true;
  } catch (error) {
    if (statusOf(error) === status.ALREADY_EXISTS) return false;
    options.signal?.throwIfAborted();
    await abandon(client, ref, error);
    throw client.explain(error);
  } finally {
    options.signal?.removeEventListener('abort', cancel);
    stream.end();
    stream.destroy();
  }
}

/** Gives back the space of a broken ingest; if that fails as well, the lease's end does it. */
async function abandon(client: ContainerdClient, ref: string, why: unknown): Promise<void> {
  try {
    await client.call('Content', 'Abort', { ref });
  } catch (error) {
    if (why instanceof Error) why.cause ??= error;
  }
}

async function* chunksOf(blob: ImageBlob): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const bytes of blob.open()) {
    for (let at = 0; at < bytes.byteLength; at += CHUNK) yield bytes.subarray(at, at + CHUNK);
  }
}
