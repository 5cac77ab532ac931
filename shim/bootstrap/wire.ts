/**
 * Just enough of the protobuf wire format for what `start`, `delete` and `-info` read and write. These run
 * once or twice per container in a process of their own, where loading a protobuf library costs more than
 * all their other work.
 */

/** One field of a message: a varint as bigint, anything with a length as bytes. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Fields in the order they stand; fixed-width ones are skipped, since no message here has any.
 *
 * @throws RangeError when the bytes are no protobuf message
 */
export function readFields(message: Uint8Array): readonly WireField[] {
  const fields: WireField[] = [];
  const cursor: Cursor = { bytes: message, at: 0 };
  while (cursor.at < message.length) {
    const tag = readVarint(cursor);
    const number = Number(tag >> 3n);
    if (number === 0) throw new RangeError(`Cannot read a protobuf field: number 0 at byte ${cursor.at}`);
    switch (Number(tag & 7n)) {
      case VARINT:
        fields.push({ number, value: readVarint(cursor) });
        break;
      case BYTES:
        fields.push({ number, value: take(cursor, Number(readVarint(cursor))) });
        break;
      case FIXED64:
        take(cursor, 8);
        break;
      case FIXED32:
        take(cursor, 4);
        break;
      default:
        throw new RangeError(`Cannot read a protobuf field: wire type ${tag & 7n} at byte ${cursor.at}`);
    }
  }
  return fields;
}

/** A string or bytes field: tag, length, content. */
export function bytesField(number: number, value: string | Uint8Array): Uint8Array {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint((BigInt(number) << 3n) | 2n), varint(BigInt(content.length)), content]);
}

/** An integer field; zero is left out, as proto3 does. */
export function varintField(number: number, value: bigint): Uint8Array {
  if (value === 0n) return new Uint8Array();
  return Buffer.concat([varint(BigInt(number) << 3n), varint(BigInt.asUintN(64, value))]);
}

interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
}

function readVarint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) throw new RangeError('Cannot read a protobuf field: the message is cut short');
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt.asUintN(64, value);
  }
  throw new RangeError(`Cannot read a protobuf field: varint longer than 10 bytes at byte ${cursor.at}`);
}

function take(cursor: Cursor, length: number): Uint8Array {
  const end = cursor.at + length;
  if (end > cursor.bytes.length)
    throw new RangeError('Cannot read a protobuf field: the message is cut short');
  const taken = cursor.bytes.subarray(cursor.at, end);
  cursor.at = end;
  return taken;
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
