import descriptors from './gen/descriptors.json' with { type: 'json' };
import { SCALARS, type Scalar } from './scalars.ts';

/** One field of a message, ready for reading and writing. */
export interface FieldSchema {
  readonly name: string;
  readonly id: number;
  readonly form: 'single' | 'optional' | 'repeated' | 'map';
  /** What one value is; a map's keys are strings. */
  readonly type: Scalar | EnumSchema | MessageSchema;
}

export interface EnumSchema {
  readonly kind: 'enum';
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

export interface MessageSchema {
  readonly kind: 'message';
  /** In the order of their numbers. */
  readonly fields: readonly FieldSchema[];
  readonly byId: ReadonlyMap<number, FieldSchema>;
}

/** One method of a service, with the full names of its messages. */
export interface MethodSchema {
  readonly name: string;
  readonly request: string;
  readonly response: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** The shapes of protobufjs's JSON descriptors, as far as they are used. */
interface Descriptor {
  readonly nested?: Readonly<Record<string, Descriptor>>;
  readonly fields?: Readonly<Record<string, FieldDescriptor>>;
  readonly values?: Readonly<Record<string, number>>;
  readonly methods?: Readonly<Record<string, MethodDescriptor>>;
}

interface FieldDescriptor {
  readonly type: string;
  readonly id: number;
  readonly rule?: string;
  readonly keyType?: string;
  readonly options?: { readonly proto3_optional?: boolean };
}

interface MethodDescriptor {
  readonly requestType: string;
  readonly responseType: string;
  readonly requestStream?: boolean;
  readonly responseStream?: boolean;
}

const known = new Map<string, EnumSchema | MessageSchema>();

/** The message of that full name; made from its descriptor when first asked for. */
export function messageSchema(fullName: string): MessageSchema {
  const schema = typeSchema(fullName);
  if (schema.kind !== 'message') throw new Error(`Cannot find message "${fullName}": it is an enum`);
  return schema;
}

/** The methods of the service of that full name, in the order of its .proto file. */
export function serviceMethods(fullName: string): readonly MethodSchema[] {
  return Object.entries(descriptorOf(fullName).methods ?? {}).map(([name, method]) => ({
    name,
    request: absolute(method.requestType, fullName),
    response: absolute(method.responseType, fullName),
    requestStream: method.requestStream ?? false,
    responseStream: method.responseStream ?? false,
  }));
}

function typeSchema(fullName: string): EnumSchema | MessageSchema {
  const found = known.get(fullName);
  if (found) return found;
  const { values, fields } = descriptorOf(fullName);
  const schema = values ? enumSchema(values) : fieldsSchema(fields ?? {}, fullName);
  known.set(fullName, schema);
  return schema;
}

function enumSchema(values: Readonly<Record<string, number>>): EnumSchema {
  const entries = Object.entries(values);
  return {
    kind: 'enum',
    numbers: new Map(entries),
    names: new Map(entries.map(([name, number]) => [number, name])),
  };
}

function fieldsSchema(
  descriptions: Readonly<Record<string, FieldDescriptor>>,
  within: string,
): MessageSchema {
  const fields = Object.entries(descriptions)
    .map(([name, field]): FieldSchema => {
      const type = SCALARS.get(field.type) ?? typeSchema(absolute(field.type, within));
      return { name, id: field.id, form: formOf(field), type };
    })
    .sort((a, b) => a.id - b.id);
  return { kind: 'message', fields, byId: new Map(fields.map((field) => [field.id, field])) };
}

function formOf(field: FieldDescriptor): FieldSchema['form'] {
  if (field.keyType) return 'map';
  if (field.rule === 'repeated') return 'repeated';
  return field.options?.proto3_optional ? 'optional' : 'single';
}

function descriptorOf(fullName: string): Descriptor {
  let scope: Descriptor = descriptors as Descriptor;
  for (const part of fullName.split('.')) {
    const next = scope.nested?.[part];
    if (!next) throw new Error(`Cannot find the descriptor of "${fullName}"`);
    scope = next;
  }
  return scope;
}

/** A name without dots is of the same package; the .proto files write all others in full. */
function absolute(name: string, within: string): string {
  return name.includes('.') ? name : `${within.slice(0, within.lastIndexOf('.'))}.${name}`;
}
