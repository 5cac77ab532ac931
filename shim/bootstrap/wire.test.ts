import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesField, readFields, varintField } from './wire.ts';

const field = fc.integer({ min: 1, max: 2 ** 29 - 1 });

describe('readFields()', () => {
  it('reads back what the writers write', () => {
    const one = fc.oneof(
      fc.record({ number: field, value: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }) }),
      fc.record({ number: field, value: fc.uint8Array() }),
    );
    fc.assert(
      fc.property(fc.array(one), (fields) => {
        const bytes = Buffer.concat(
          fields.map(({ number, value }) =>
            typeof value === 'bigint' ? varintField(number, value) : bytesField(number, value),
          ),
        );
        const read = readFields(bytes).map(({ number, value }) => ({
          number,
          value: typeof value === 'bigint' ? value : Uint8Array.from(value),
        }));
        expect(read).toEqual(fields);
      }),
    );
  });

  it('skips fields of fixed width', () => {
    const fixed = Buffer.from([0x0d, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, 0x18, 5]);
    expect(readFields(fixed)).toEqual([{ number: 3, value: 5n }]);
  });

  it('reads a negative number as ten bytes long', () => {
    const [read] = readFields(varintField(3, -4n));
    expect(read?.value).toBe(2n ** 64n - 4n);
  });

  it.each([
    ['a cut varint', [0x08, 0x80]],
    ['a cut string', [0x0a, 5, 65]],
    ['a varint without end', [0x08, ...Array<number>(11).fill(0x80)]],
    ['a group', [0x0b]],
    ['field number 0', [0x00]],
  ])('refuses %s', (_, bytes) => {
    expect(() => readFields(Uint8Array.from(bytes))).toThrow('Cannot read a protobuf field');
  });
});
