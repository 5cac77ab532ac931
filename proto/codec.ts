import protobuf from 'protobufjs/light.js';
import { messageType } from './descriptors.ts';
import type { Messages } from './gen/registry.ts';

/** Full name of a message, such as `containerd.task.v2.StateRequest`. */
export type MessageName = keyof Messages;

/**
 * A message as it may be given to `encode`: every field is optional and stands for its default when left out,
 * 64-bit integers may be plain numbers where those are exact, enums may be names or numbers.
 */
export type Input<T> = T extends bigint
  ? bigint | number
  : T extends string | number | boolean | Uint8Array
    ? T
    : T extends readonly (infer Item)[]
      ? readonly Input<Item>[]
      : string extends keyof T
        ? T
        : { readonly [Field in keyof T]?: Input<T[Field]> | undefined };

/**
 * Turns one kind of message into bytes and back.
 *
 * A decoded message has every scalar, list and map, at its default when the bytes had none. Absent messages and
 * absent `optional` fields are left out. 64-bit integers are bigint; an enum is its value's name, or the number
 * where it has none; bytes are views on what was decoded. Unknown fields are skipped.
 */
export interface Codec<T> {
  encode(value: Input<T>): Uint8Array;
  /** Throws when the bytes are no such message. */
  decode(bytes: Uint8Array): T;
}

/** Finds the codec of a message; the work starts with its first use. */
export function codec<Name extends MessageName>(name: Name): Codec<Messages[Name]> {
  let type: protobuf.Type | undefined;
  const resolve = (): protobuf.Type => {
    type ??= messageType(name);
    return type;
  };
  return {
    encode: (value) => {
      const message = resolve();
      return message.encode(message.fromObject(value as object)).finish();
    },
    decode: (bytes) => {
      const message = resolve();
      // Reader.create() would pick the reader for Buffers, which cuts a truncated string instead of refusing it.
      const plain: unknown = message.toObject(message.decode(new protobuf.Reader(bytes)), DECODED);
      return leaveOutNulls(plain) as Messages[Name];
    },
  };
}

const DECODED: protobuf.IConversionOptions = { longs: BigInt, enums: String, defaults: true };

/** protobufjs marks an absent message with null; here it is just not there. */
function leaveOutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(leaveOutNulls);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const present = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(present.map(([name, field]) => [name, leaveOutNulls(field)]));
}
