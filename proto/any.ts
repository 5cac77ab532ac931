import { codec, type Input, type MessageName } from './codec.ts';
import type { Any } from './gen/google.protobuf.ts';
import type { Messages } from './gen/registry.ts';

/** Packs a message under its full name; containerd's type URLs carry no host. */
export function packAny<Name extends MessageName>(name: Name, message: Input<Messages[Name]>): Any {
  return { typeUrl: name, value: codec(name).encode(message) };
}

/** Packs an OCI structure as JSON, such as `types.containerd.io/opencontainers/runtime-spec/1/Process`. */
export function packJson(typeUrl: string, value: unknown): Any {
  return { typeUrl, value: Buffer.from(JSON.stringify(value)) };
}

/** The name after the last slash of a type URL, with or without a host before it. */
export function typeName(any: Any): string {
  return any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1);
}

/** The message inside when it is of that type, else undefined; throws when it is and its bytes are broken. */
export function unpackAny<Name extends MessageName>(name: Name, any: Any): Messages[Name] | undefined {
  return typeName(any) === name ? codec(name).decode(any.value) : undefined;
}
