import { createGzip, type Gzip } from 'node:zlib';

const LEVEL = 6;
/** "Unknown" in RFC 1952 §2.3.1: zlib writes there what it was built on. */
const ANY_SYSTEM = 0xff;
const SYSTEM_OFFSET = 9;
const BLOCK = 64 * 1024;

export function gzip(): Gzip {
  return createGzip({ level: LEVEL });
}

/**
 * Cuts the stream into equal blocks before it is compressed. How far ahead deflate looks depends on what it is given
 * at once, and that must not depend on how a disk delivered it.
 */
export async function* equalBlocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(BLOCK);
  let filled = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength; ) {
      const part = chunk.subarray(at, at + BLOCK - filled);
      block.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
      if (filled < BLOCK) continue;
      yield block;
      block = Buffer.allocUnsafe(BLOCK);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

/** Overwrites the one byte of a gzip stream that tells on which system it was made. */
export async function* anySystem(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for await (const chunk of source) {
    const at = SYSTEM_OFFSET - offset;
    if (at >= 0 && at < chunk.byteLength) chunk[at] = ANY_SYSTEM;
    offset += chunk.byteLength;
    yield chunk;
  }
}
