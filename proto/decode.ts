import protobuf from 'protobufjs/minimal.js';
import { wireOf } from './encode.ts';
import type { FieldSchema, MessageSchema } from './schema.ts';

type Reader = protobuf.Reader;
type Fields = Record<string, unknown>;

/** The message in these bytes; throws when they end inside a field, or hold what is no field. */
export function decodeMessage(schema: MessageSchema, bytes: Uint8Array): Fields {
  // Reader.create() would pick the reader for Buffers, which cuts a truncated string instead of refusing it.
  const reader = new protobuf.Reader(bytes);
  return readFields(reader, schema, bytes.length);
}

function readFields(reader: Reader, schema: MessageSchema, end: number): Fields {
  const message = defaultsOf(schema);
  eachField(reader, end, (id, wire) => {
    const field = schema.byId.get(id);
    const packed = wire === 2 && field?.form === 'repeated';
    // A field of another wire type than its own is as good as unknown.
    if (!field || (wire !== wireOfField(field) && !packed)) reader.skipType(wire);
    else if (field.form === 'map') readEntry(reader, field, message[field.name] as Fields);
    else if (field.form === 'repeated') readItems(reader, field, wire, message[field.name] as unknown[]);
    else message[field.name] = readValue(reader, field);
  });
  if (reader.pos !== end)
    throw new RangeError(`Cannot decode: a field goes over byte ${end}, its message's end`);
  return message;
}

function eachField(reader: Reader, end: number, read: (id: number, wire: number) => void): void {
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 0) throw new RangeError(`Cannot decode: field number 0 before byte ${reader.pos}`);
    read(tag >>> 3, tag & 7);
  }
}

function readEntry(reader: Reader, field: FieldSchema, entries: Fields): void {
  const end = endOf(reader);
  let key = '';
  let value = field.type.kind === 'scalar' ? field.type.empty : undefined;
  eachField(reader, end, (id, wire) => {
    if (id === 1 && wire === 2) key = reader.string();
    else if (id === 2 && wire === wireOf(field)) value = readValue(reader, field);
    else reader.skipType(wire);
  });
  // Not an assignment: "__proto__" is a key like any other.
  Object.defineProperty(entries, key, { value, configurable: true, enumerable: true, writable: true });
}

function readItems(reader: Reader, field: FieldSchema, wire: number, items: unknown[]): void {
  if (wire === wireOf(field)) {
    items.push(readValue(reader, field));
    return;
  }
  const end = endOf(reader);
  while (reader.pos < end) items.push(readValue(reader, field));
}

function readValue(reader: Reader, { type }: FieldSchema): unknown {
  if (type.kind === 'scalar') return type.read(reader);
  if (type.kind === 'message') return readFields(reader, type, endOf(reader));
  const number = reader.int32();
  return type.names.get(number) ?? number;
}

/** Reads a length and gives the position after that many bytes. */
function endOf(reader: Reader): number {
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new RangeError(`Cannot decode: want ${end} bytes, have ${reader.len}`);
  return end;
}

function defaultsOf(schema: MessageSchema): Fields {
  const message: Fields = {};
  for (const { name, form, type } of schema.fields) {
    if (form === 'map') message[name] = {};
    else if (form === 'repeated') message[name] = [];
    else if (form === 'single' && type.kind === 'scalar') message[name] = type.empty;
    else if (form === 'single' && type.kind === 'enum') message[name] = type.names.get(0) ?? 0;
  }
  return message;
}

const wireOfField = (field: FieldSchema): number => (field.form === 'map' ? 2 : wireOf(field));
