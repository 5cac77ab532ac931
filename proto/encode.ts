import protobuf from 'protobufjs/minimal.js';
import type { FieldSchema, MessageSchema } from './schema.ts';

type Writer = protobuf.Writer;
type Fields = Readonly<Record<string, unknown>>;

/** The bytes of a message, fields in the order of their numbers, defaults left out. */
export function encodeMessage(schema: MessageSchema, message: Fields): Uint8Array {
  const writer = protobuf.Writer.create();
  writeFields(writer, schema, message);
  return writer.finish();
}

function writeFields(writer: Writer, schema: MessageSchema, message: Fields): void {
  for (const field of schema.fields) {
    const value = message[field.name];
    if (value === undefined) continue;
    if (field.form === 'map') writeMap(writer, field, value as Fields);
    else if (field.form === 'repeated') writeList(writer, field, value as readonly unknown[]);
    else if (field.form === 'optional' || !isDefault(field, value))
      writeField(writer, field.id, field, value);
  }
}

function writeMap(writer: Writer, field: FieldSchema, entries: Fields): void {
  for (const [key, value] of Object.entries(entries)) {
    writer.uint32(tag(field.id, 2)).fork();
    writer.uint32(tag(1, 2)).string(key);
    writeField(writer, 2, field, value);
    writer.ldelim();
  }
}

function writeList(writer: Writer, field: FieldSchema, values: readonly unknown[]): void {
  if (wireOf(field) === 2) {
    for (const value of values) writeField(writer, field.id, field, value);
  } else if (values.length > 0) {
    writer.uint32(tag(field.id, 2)).fork();
    for (const value of values) writeValue(writer, field, value);
    writer.ldelim();
  }
}

function writeField(writer: Writer, id: number, field: FieldSchema, value: unknown): void {
  writer.uint32(tag(id, wireOf(field)));
  writeValue(writer, field, value);
}

function writeValue(writer: Writer, { type, name }: FieldSchema, value: unknown): void {
  if (type.kind === 'scalar') {
    type.write(writer, value);
  } else if (type.kind === 'message') {
    writer.fork();
    writeFields(writer, type, value as Fields);
    writer.ldelim();
  } else {
    const number = typeof value === 'number' ? value : type.numbers.get(value as string);
    if (number === undefined) throw new TypeError(`Cannot encode ${name}: no value is named "${value}"`);
    writer.int32(number);
  }
}

function isDefault({ type }: FieldSchema, value: unknown): boolean {
  if (type.kind === 'scalar') return type.isEmpty(value);
  return type.kind === 'enum' && (value === 0 || type.numbers.get(value as string) === 0);
}

/** Wire type of one value: enums are varints, messages have a length. */
export function wireOf({ type }: FieldSchema): 0 | 1 | 2 {
  if (type.kind === 'scalar') return type.wire;
  return type.kind === 'enum' ? 0 : 2;
}

const tag = (id: number, wire: number): number => ((id << 3) | wire) >>> 0;
