import { decodeMessage } from './decode.ts';
import { encodeMessage } from './encode.ts';
import type { Messages } from './gen/registry.ts';
import { messageSchema } from './schema.ts';

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
  return {
    encode: (value) => encodeMessage(messageSchema(name), value as Readonly<Record<string, unknown>>),
    // The registry's types and the schema come from the same .proto files.
    decode: (bytes) => decodeMessage(messageSchema(name), bytes) as unknown as Messages[Name],
  };
}
