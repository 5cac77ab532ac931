import { type Header, pack } from 'tar-stream';

/** A member of a tar a test makes up; names and types are whatever the test wants. */
export interface Member extends Partial<Omit<Header, 'pax'>> {
  readonly name: string;
  readonly content?: string | Uint8Array;
  readonly pax?: Readonly<Record<string, string>>;
}

/** A tar of exactly these members, unchecked. */
export async function tarOf(...members: readonly Member[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of members) {
    const full = { mtime: new Date(0), ...header };
    if (content === undefined) tar.entry({ ...full, size: 0 }).end(null);
    else tar.entry(full, content);
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Bytes as a stream of one chunk. */
export async function* streamOf(
  ...chunks: readonly Uint8Array[]
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}

export async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
