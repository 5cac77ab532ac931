import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeStored, encodeStored, type StoredInterpreter } from './stored-interpreter.ts';

const stored: StoredInterpreter = {
  module: Uint8Array.of(0, 0x61, 0x73, 0x6d),
  state: { memory: 'm', globals: ['a', 'b'], size: 'a', refusals: undefined, tables: ['t'] },
  image: {
    length: 2 * 65_536,
    blocks: [
      { start: 4096, bytes: Buffer.alloc(4096, 1) },
      { start: 65_536, bytes: Buffer.alloc(8192, 2) },
    ],
    globals: [-7, 2n ** 63n],
  },
  notes: { place: [1, 2] },
};

const file = Buffer.concat(encodeStored('key', stored));

/** The file with a header that says otherwise. */
function changed(change: object): Buffer {
  const end = 4 + file.readUInt32LE();
  const header = Buffer.from(JSON.stringify({ ...JSON.parse(file.toString('utf8', 4, end)), ...change }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  return Buffer.concat([length, header, file.subarray(end)]);
}

describe('a stored interpreter', () => {
  it('comes out of its file as it went in', () => {
    const { module, image, ...rest } = decodeStored(file, 'key') ?? stored;
    expect(rest).toEqual({ state: { ...stored.state }, notes: stored.notes });
    expect(Buffer.from(module).equals(stored.module)).toBe(true);
    expect(image.globals).toEqual(stored.image.globals);
    expect(image.length).toBe(stored.image.length);
    expect(image.blocks.map(({ start, bytes }) => [start, Buffer.from(bytes)])).toEqual(
      stored.image.blocks.map(({ start, bytes }) => [start, bytes]),
    );
  });

  it('is none when it was made of something else', () => {
    expect(decodeStored(file, 'another key')).toBeUndefined();
  });

  it.each([
    ['another format', { format: 2 }],
    ['more memory than whole pages', { memoryBytes: 65_537 }],
    ['blocks beyond its memory', { memoryBytes: 65_536 }],
    [
      'blocks that overlap',
      {
        blocks: [
          [4096, 4096],
          [4096, 8192],
        ],
      },
    ],
    ['fewer blocks than bytes', { blocks: [[4096, 4096]] }],
    ['a block that is no pair', { blocks: [[4096, 4096], [65_536]] }],
    ['a negative size', { moduleBytes: -1 }],
    ['fewer globals than names', { globals: [1] }],
    ['a global that is no number', { globals: [1, '0x7'] }],
    ['a state without names', { state: { globals: [1, 2], tables: [] } }],
    ['no state', { state: null }],
  ])('is none when it has %s', (_, change) => {
    expect(decodeStored(changed(change), 'key')).toBeUndefined();
  });

  it('is none when its file ends early, or is any other', () => {
    for (let end = 0; end < file.length; end += 97) {
      expect(decodeStored(file.subarray(0, end), 'key')).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(decodeStored(Buffer.from(bytes), 'key')).toBeUndefined();
      }),
    );
  });
});
