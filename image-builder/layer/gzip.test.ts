import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, streamOf } from '../testing/tar.ts';
import { anySystem, equalBlocks, gzip } from './gzip.ts';

describe('equalBlocks()', () => {
  it('gives the same blocks however the bytes arrive', async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, async (lengths) => {
        const whole = Buffer.alloc(lengths.reduce((sum, length) => sum + length, 0)).map((_, at) => at % 251);
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const length of lengths) {
          chunks.push(whole.subarray(at, at + length));
          at += length;
        }
        const blocks: Uint8Array[] = [];
        for await (const block of equalBlocks(streamOf(...chunks))) blocks.push(block);
        expect(Buffer.concat(blocks).equals(whole)).toBe(true);
        expect(blocks.slice(0, -1).every((block) => block.byteLength === 65_536)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });
});

describe('anySystem()', () => {
  it.each([1, 3, 10, 4096])('writes the same header when the stream comes in pieces of %i', async (piece) => {
    const zipped = await bytesOf(Readable.from([Buffer.from('hello')]).pipe(gzip()));
    const pieces: Buffer[] = [];
    for (let at = 0; at < zipped.length; at += piece)
      pieces.push(Buffer.from(zipped.subarray(at, at + piece)));
    const stream = await bytesOf(anySystem(streamOf(...pieces)));
    expect(stream.subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
    expect(gunzipSync(stream).toString()).toBe('hello');
  });
});
