/** Holds our reading and writing of messages against protobufjs's own, for every message there is. */
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, it } from 'vitest';
import { decodeMessage } from './decode.ts';
import { encodeMessage } from './encode.ts';
import descriptors from './gen/descriptors.json' with { type: 'json' };
import { type FieldSchema, type MessageSchema, messageSchema } from './schema.ts';

const oracle = protobuf.Root.fromJSON(descriptors as protobuf.INamespace);

const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  double: fc.double({ noNaN: true }),
  int32: fc.integer(),
  uint32: fc.nat({ max: 2 ** 32 - 1 }),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  bool: fc.boolean(),
  string: fc.string({ unit: 'binary' }),
  bytes: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
};

/** Any message of a type, as protobufjs describes it. */
function anyMessage(type: protobuf.Type): fc.Arbitrary<Record<string, unknown>> {
  const fields = type.fieldsArray.map((field) => {
    const one = anyValue(field.resolve());
    if (field instanceof protobuf.MapField) return [field.name, fc.dictionary(fc.string(), one)];
    return [field.name, field.repeated ? fc.array(one, { maxLength: 3 }) : one];
  });
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<Record<string, unknown>>;
}

function anyValue(field: protobuf.Field): fc.Arbitrary<unknown> {
  if (field.resolvedType instanceof protobuf.Type) return anyMessage(field.resolvedType);
  if (field.resolvedType) return fc.constantFrom(...Object.keys(field.resolvedType.values), 77);
  const scalar = scalars[field.type];
  if (!scalar) throw new Error(`Cannot make up a ${field.type}`);
  return scalar;
}

/** Fills in defaults by the schema alone; what `decode` promises for a message given to `encode`. */
function filledIn(schema: MessageSchema, message: Record<string, unknown>): Record<string, unknown> {
  const empty = decodeMessage(schema, new Uint8Array());
  const given = schema.fields.flatMap((field) => {
    const value = message[field.name];
    return value === undefined ? [] : [[field.name, filledValue(field, value)]];
  });
  return { ...empty, ...Object.fromEntries(given) };
}

function filledValue({ type, form }: FieldSchema, value: unknown): unknown {
  if (type.kind !== 'message') return value;
  const fill = (each: unknown): unknown => filledIn(type, each as Record<string, unknown>);
  return form === 'repeated' ? (value as unknown[]).map(fill) : fill(value);
}

const asOracle = (type: protobuf.Type, bytes: Uint8Array): object =>
  type.toObject(type.decode(bytes), { longs: BigInt, enums: String, defaults: true });

function* messages(scope: protobuf.NamespaceBase): Generator<protobuf.Type> {
  for (const item of scope.nestedArray) {
    if (item instanceof protobuf.Type) yield item;
    else if (item instanceof protobuf.Namespace) yield* messages(item);
  }
}

it.each([...messages(oracle)].map((type) => [type.fullName.slice(1), type] as const))(
  '%s is written and read as protobufjs does',
  (name, type) => {
    const schema = messageSchema(name);
    fc.assert(
      fc.property(anyMessage(type), (message) => {
        const theirs = type.encode(type.fromObject(message)).finish();
        const ours = encodeMessage(schema, message);
        expect(asOracle(type, ours)).toEqual(asOracle(type, theirs));
        const wanted = filledIn(schema, message);
        expect(decodeMessage(schema, ours)).toEqual(wanted);
        expect(decodeMessage(schema, theirs)).toEqual(wanted);
      }),
      { numRuns: 20 },
    );
  },
);

it('garbage is refused with an error, or read; nothing else happens', () => {
  const schema = messageSchema('io.containerd.cgroups.v2.Metrics');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        expect(decodeMessage(schema, bytes)).toBeTypeOf('object');
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }),
  );
});
