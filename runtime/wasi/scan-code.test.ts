import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinaryError, BinaryReader, encodeUnsigned } from './binary.ts';
import { scanFunction } from './scan-code.ts';
import { moduleOf, section } from './testdata/binary.ts';

/** So many that `end` (0x0b) is an index of each: a reader out of step ends early. */
const MANY = 12;

function many(id: number, ...item: readonly number[]): number[] {
  return section(id, MANY, ...Array.from({ length: MANY }, () => item).flat());
}

const before = moduleOf(
  many(1, 0x60, 0, 0),
  many(3, 0),
  many(4, 0x70, 0, 1),
  many(5, 0, 0),
  many(13, 0, 0),
  many(6, 0x7f, 1, 0x41, 0, 0x0b),
  many(9, 1, 0, 1, 0),
  section(12, MANY),
);
const otherBodies = Array.from({ length: MANY - 1 }, () => [2, 0, 0x0b]).flat();
const after = many(11, 1, 0);

/**
 * A module with many of everything that instructions may name, around one function of these instructions, of
 * which `unreachable` in front and behind makes nearly any valid.
 */
function around(instructions: readonly number[]): { module: Uint8Array; body: Uint8Array } {
  const body = Uint8Array.of(1, MANY, 0x7f, 0x00, ...instructions, 0x00, 0x0b);
  const size = body.length + otherBodies.length + 2;
  const code = Uint8Array.of(10, size, MANY, body.length);
  return { module: Buffer.concat([before, code, body, Uint8Array.from([...otherBodies, ...after])]), body };
}

/** Bytes that begin blocks, types, numbers of several bytes, and ends where a reader is not in step. */
const telling = [0x00, 0x01, 0x0b, 0x40, 0x7f, 0x80];

function immediates(): number[][] {
  const two = telling.flatMap((first) => telling.map((second) => [first, second]));
  const few = [0x00, 0x0b, 0x40];
  const three = few.flatMap((first) => few.flatMap((second) => few.map((third) => [first, second, third])));
  const constants = [4, 8, 16].map((length) => Array.from({ length }, () => 0x0b));
  return [[], ...telling.map((byte) => [byte]), ...two, ...three, ...constants];
}

const opcodes: number[][] = [
  ...Array.from({ length: 0xfc }, (_, opcode) => [opcode]),
  ...Array.from({ length: 32 }, (_, opcode) => [0xfc, opcode]),
  ...Array.from({ length: 300 }, (_, opcode) => [0xfd, ...encodeUnsigned(opcode)]),
  ...Array.from({ length: 4 }, (_, opcode) => [0xfe, opcode]),
];

const blocks = new Set([0x02, 0x03, 0x04, 0x06, 0x1f]);

const hex = (bytes: readonly number[]): string => Buffer.from(bytes).toString('hex');

describe('scanFunction()', () => {
  it('agrees with the engine on where every instruction ends, and knows what hides state', () => {
    const passed = new Set<string>();
    const stopped = new Set<string>();
    const outOfStep: string[] = [];
    const endings = immediates();
    for (const opcode of opcodes) {
      for (const immediate of endings) {
        // A block that begins here ends here.
        const end = blocks.has(opcode[0] ?? 0) ? [0x0b] : [];
        const { module, body } = around([...opcode, ...immediate, ...end]);
        if (!WebAssembly.validate(module)) continue;
        const reader = new BinaryReader(body);
        const obstacle = scanFunction(reader);
        if (obstacle === undefined && reader.at !== body.length)
          outOfStep.push(hex([...opcode, ...immediate]));
        (obstacle === undefined ? passed : stopped).add(hex(opcode));
      }
    }
    expect(outOfStep).toEqual([]);
    for (const opcode of ['26', 'fc08', 'fc09', 'fc0c', 'fc0d', 'fc0e', 'fc0f', 'fc11']) {
      expect(passed).not.toContain(opcode);
      expect(stopped).toContain(opcode);
    }
    for (const opcode of [
      '02',
      '06',
      '0e',
      '10',
      '11',
      '1f',
      '23',
      '28',
      '3f',
      '40',
      '41',
      '44',
      'a7',
      'fc0a',
    ]) {
      expect(passed).toContain(opcode);
    }
    expect([...passed].filter((opcode) => opcode.startsWith('fd')).length).toBeGreaterThan(230);
    expect([...stopped].some((opcode) => opcode.startsWith('fe'))).toBe(true);
  });

  it.each([
    ['try, delegate', [0x06, 0x40, 0x18, 0x00]],
    ['try, catch', [0x06, 0x40, 0x07, 0x0b, 0x0b]],
    ['try, catch_all, rethrow', [0x06, 0x40, 0x19, 0x09, 0x00, 0x0b]],
    ['try_table, catch', [0x1f, 0x40, 1, 0, 0x0b, 0, 0x0b]],
    ['try_table, catch_ref', [0x02, 0x69, 0x1f, 0x40, 1, 1, 0x0b, 0, 0x0b, 0x00, 0x0b, 0x1a]],
    ['try_table, catch_all_ref', [0x02, 0x69, 0x1f, 0x40, 1, 3, 0, 0x0b, 0x00, 0x0b, 0x0a]],
    ['br_table', [0x41, 0, 0x0e, 2, 0, 0, 0]],
    ['select of a type', [0x1c, 1, 0x70, 0x1a]],
    ['ref.is_null, ref.func', [0xd0, 0x6f, 0xd1, 0x1a, 0xd2, 0x00, 0x1a]],
  ])('reads %s', (_, instructions) => {
    const { module, body } = around(instructions);
    expect(WebAssembly.validate(module)).toBe(true);
    const reader = new BinaryReader(body);
    expect(scanFunction(reader)).toBeUndefined();
    expect(reader.at).toBe(body.length);
  });

  it('ends on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          scanFunction(new BinaryReader(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(BinaryError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
