import type { Reader, Writer } from 'protobufjs/minimal.js';

/** How values of one protobuf scalar type go on the wire. */
export interface Scalar {
  readonly kind: 'scalar';
  /** Wire type: 0 varint, 1 eight bytes, 2 length and bytes. */
  readonly wire: 0 | 1 | 2;
  /** What an absent field means. */
  readonly empty: unknown;
  isEmpty(value: unknown): boolean;
  write(writer: Writer, value: unknown): void;
  read(reader: Reader): unknown;
}

/** The scalar types that the .proto files use, by name. */
export const SCALARS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  [
    'double',
    number(
      1,
      (writer, value) => writer.double(value),
      (reader) => reader.double(),
    ),
  ],
  [
    'int32',
    number(
      0,
      (writer, value) => writer.int32(value),
      (reader) => reader.int32(),
    ),
  ],
  [
    'uint32',
    number(
      0,
      (writer, value) => writer.uint32(value),
      (reader) => reader.uint32(),
    ),
  ],
  ['int64', long((bits) => BigInt.asIntN(64, bits))],
  ['uint64', long((bits) => bits)],
  [
    'bool',
    {
      kind: 'scalar',
      wire: 0,
      empty: false,
      isEmpty: (value) => value === false,
      write: (writer, value) => writer.bool(value === true),
      read: (reader) => reader.bool(),
    },
  ],
  [
    'string',
    {
      kind: 'scalar',
      wire: 2,
      empty: '',
      isEmpty: (value) => value === '',
      write: (writer, value) => writer.string(value as string),
      read: (reader) => reader.string(),
    },
  ],
  [
    'bytes',
    {
      kind: 'scalar',
      wire: 2,
      empty: Buffer.alloc(0),
      isEmpty: (value) => (value as Uint8Array).length === 0,
      write: (writer, value) => writer.bytes(value as Uint8Array),
      read: (reader) => reader.bytes(),
    },
  ],
]);

function number(
  wire: 0 | 1,
  write: (writer: Writer, value: number) => void,
  read: (reader: Reader) => number,
): Scalar {
  return {
    kind: 'scalar',
    wire,
    empty: 0,
    // -0 is another double than 0.
    isEmpty: (value) => Object.is(value, 0),
    write: (writer, value) => write(writer, value as number),
    read,
  };
}

/** 64-bit integers are bigint here, two halves in protobufjs. */
function long(fromBits: (bits: bigint) => bigint): Scalar {
  return {
    kind: 'scalar',
    wire: 0,
    empty: 0n,
    isEmpty: (value) => BigInt(value as bigint | number) === 0n,
    write: (writer, value) => {
      const bits = BigInt.asUintN(64, BigInt(value as bigint | number));
      const low = Number(bits & 0xffff_ffffn);
      // One format for both types: a negative number has all ten bytes.
      writer.uint64({ low, high: Number(bits >> 32n), unsigned: true } as Parameters<Writer['uint64']>[0]);
    },
    read: (reader) => {
      const { low, high } = reader.uint64() as Exclude<ReturnType<Reader['uint64']>, number>;
      return fromBits((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
    },
  };
}
