import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, type Frame, FrameDecoder, MAX_DATA, type OversizedFrame } from './frame.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');

/** Cuts `bytes` at the given places and feeds the pieces. */
function decodeInPieces(bytes: Uint8Array, cuts: readonly number[]): (Frame | OversizedFrame)[] {
  const decoder = new FrameDecoder();
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let from = 0;
  return places.flatMap((to) => {
    const piece = bytes.subarray(from, to);
    from = to;
    return decoder.push(piece);
  });
}

describe('encodeFrame()', () => {
  it('writes length, stream id, type and flags before the data (ttrpc frame header)', () => {
    const frame = encodeFrame({ streamId: 0x01020305, type: 2, data: hex('aabbcc') });
    expect(frame).toEqual(hex('00000003 01020305 02 00 aabbcc'));
  });

  it('writes an empty answer as a header alone', () => {
    expect(encodeFrame({ streamId: 1, type: 2, data: new Uint8Array() })).toEqual(
      hex('00000000 00000001 02 00'),
    );
  });
});

describe('FrameDecoder', () => {
  it('reads a frame with its flags', () => {
    const frames = new FrameDecoder().push(hex('00000002 00000007 01 03 0a0b'));
    expect(frames).toEqual([{ kind: 'frame', streamId: 7, type: 1, flags: 3, data: hex('0a0b') }]);
  });

  it('takes a frame of length 0 as complete', () => {
    const frames = new FrameDecoder().push(hex('00000000 00000001 02 00'));
    expect(frames).toEqual([{ kind: 'frame', streamId: 1, type: 2, flags: 0, data: Buffer.alloc(0) }]);
  });

  it('gives back what encodeFrame() wrote, whatever the chunks', () => {
    const frame = fc.record({
      streamId: fc.nat({ max: 2 ** 32 - 1 }),
      type: fc.integer({ min: 0, max: 255 }),
      data: fc.uint8Array({ maxLength: 50 }),
    });
    fc.assert(
      fc.property(fc.array(frame), fc.array(fc.nat()), (frames, cuts) => {
        const found = decodeInPieces(Buffer.concat(frames.map(encodeFrame)), cuts);
        const plain = found.map((each) => (each.kind === 'frame' ? { ...each, data: [...each.data] } : each));
        expect(plain).toEqual(
          frames.map((each) => ({ kind: 'frame', flags: 0, ...each, data: [...each.data] })),
        );
      }),
    );
  });

  it('reads a frame of exactly the limit', () => {
    const data = Buffer.alloc(MAX_DATA, 7);
    const [frame] = decodeInPieces(encodeFrame({ streamId: 1, type: 1, data }), [5, 11, 70_000]);
    expect(frame?.kind === 'frame' && data.equals(frame.data)).toBe(true);
  });

  it('drops the data of an oversized frame, reports it once and reads on', () => {
    const big = encodeFrame({ streamId: 3, type: 1, data: Buffer.alloc(MAX_DATA + 1, 1) });
    const next = encodeFrame({ streamId: 5, type: 1, data: hex('ff') });
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 5 }), (cuts) => {
        expect(decodeInPieces(Buffer.concat([big, next]), cuts)).toEqual([
          { kind: 'oversized', streamId: 3, type: 1, flags: 0, length: MAX_DATA + 1 },
          { kind: 'frame', streamId: 5, type: 1, flags: 0, data: hex('ff') },
        ]);
      }),
      { numRuns: 20 },
    );
  });

  it('never throws on garbage', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        const decoder = new FrameDecoder();
        for (const chunk of chunks) decoder.push(chunk);
      }),
    );
  });
});
