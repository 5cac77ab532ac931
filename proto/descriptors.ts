import protobuf from 'protobufjs/light.js';
import descriptors from './gen/descriptors.json' with { type: 'json' };

/** What is asked for so far. Reflecting all descriptors at once costs more than a shim's whole start. */
const loaded = new protobuf.Root();

/** The reflected message of that full name, with every type its fields refer to. */
export function messageType(fullName: string): protobuf.Type {
  load(fullName);
  // Only what is new; without it, lists of numbers would take the form of proto2, one tag each.
  loaded.resolveAll();
  return loaded.lookupType(fullName);
}

/** One method of a service, with the full names of its messages. */
export interface MethodDescriptor {
  readonly name: string;
  readonly request: string;
  readonly response: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** The methods of the service of that full name, in the order of its .proto file. */
export function serviceMethods(fullName: string): readonly MethodDescriptor[] {
  const { methods } = find(fullName) as protobuf.IService;
  return Object.entries(methods).map(([name, method]) => ({
    name,
    request: absolute(method.requestType, fullName),
    response: absolute(method.responseType, fullName),
    requestStream: method.requestStream ?? false,
    responseStream: method.responseStream ?? false,
  }));
}

function load(fullName: string): void {
  const scope = loaded.define(packageOf(fullName));
  const name = fullName.slice(packageOf(fullName).length + 1);
  if (scope.get(name)) return;
  const descriptor = find(fullName);
  scope.addJSON({ [name]: descriptor });
  if (!('fields' in descriptor)) return;
  for (const { type } of Object.values(descriptor.fields)) {
    if (!(type in protobuf.types.basic)) load(absolute(type, fullName));
  }
}

function find(fullName: string): protobuf.AnyNestedObject {
  let scope = descriptors as protobuf.AnyNestedObject;
  for (const part of fullName.split('.')) {
    const next = 'nested' in scope ? scope.nested?.[part] : undefined;
    if (!next) throw new Error(`Cannot find the descriptor of "${fullName}"`);
    scope = next;
  }
  return scope;
}

/** A name without dots is of the same package; the .proto files write all others in full. */
function absolute(name: string, within: string): string {
  return name.includes('.') ? name : `${packageOf(within)}.${name}`;
}

const packageOf = (fullName: string): string => fullName.slice(0, fullName.lastIndexOf('.'));
