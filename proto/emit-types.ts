import protobuf from 'protobufjs';

const SCALARS: Readonly<Record<string, string>> = {
  double: 'number',
  int32: 'number',
  uint32: 'number',
  int64: 'bigint',
  uint64: 'bigint',
  bool: 'boolean',
  string: 'string',
  bytes: 'Uint8Array',
};

/** Generated files by name: one of types per proto package, and `registry.ts` that finds types by full name. */
export function emitTypes(root: protobuf.Root): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const messages: protobuf.Type[] = [];
  const services: protobuf.Service[] = [];
  for (const scope of packagesOf(root)) {
    const own = scope.nestedArray;
    services.push(...own.filter((item) => item instanceof protobuf.Service));
    const types = own.filter((item) => item instanceof protobuf.Type);
    messages.push(...types);
    const enums = own.filter((item) => item instanceof protobuf.Enum);
    if (types.length + enums.length > 0) files.set(fileOf(scope), emitPackage(scope, types, enums));
  }
  files.set('registry.ts', emitRegistry(messages, services));
  return files;
}

/** Every namespace that holds something besides namespaces, sorted by its full name. */
function packagesOf(scope: protobuf.NamespaceBase): protobuf.NamespaceBase[] {
  const inner = scope.nestedArray.filter(isPackage);
  const found = inner.flatMap(packagesOf);
  if (scope.nestedArray.length > inner.length) found.push(scope);
  return found.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** In protobufjs, messages and services are namespaces too. */
function isPackage(item: protobuf.ReflectionObject): item is protobuf.Namespace {
  const itself = item instanceof protobuf.Type || item instanceof protobuf.Service;
  return item instanceof protobuf.Namespace && !itself;
}

function emitPackage(
  scope: protobuf.NamespaceBase,
  types: readonly protobuf.Type[],
  enums: readonly protobuf.Enum[],
): string {
  const imports = new Map<string, Set<string>>();
  const body = [...enums.map(emitEnum), ...types.map((type) => emitMessage(type, scope, imports))];
  const lines = [...imports]
    .map(([file, names]) => `import type { ${[...names].sort().join(', ')} } from './${file}';`)
    .sort();
  const head = lines.length > 0 ? [lines.join('\n')] : [];
  return `${[...head, ...body].join('\n\n')}\n`;
}

/** An open enum: a value without a name stays a number. */
function emitEnum(type: protobuf.Enum): string {
  const names = Object.keys(type.values).map((name) => `'${name}'`);
  return `export type ${type.name} = ${[...names, 'number'].join(' | ')};`;
}

function emitMessage(
  type: protobuf.Type,
  scope: protobuf.NamespaceBase,
  imports: Map<string, Set<string>>,
): string {
  const fields = type.fieldsArray.map((field) => {
    const { resolvedType } = field.resolve();
    const target = resolvedType?.parent;
    if (resolvedType && target && target !== scope) {
      const names = imports.get(fileOf(target)) ?? new Set();
      imports.set(fileOf(target), names.add(resolvedType.name));
    }
    return `  readonly ${field.name}${mayBeAbsent(field) ? '?' : ''}: ${typeOf(field)};`;
  });
  if (fields.length === 0) return `export type ${type.name} = Readonly<Record<never, never>>;`;
  return [`export interface ${type.name} {`, ...fields, '}'].join('\n');
}

function typeOf(field: protobuf.Field): string {
  const one = field.resolvedType?.name ?? SCALARS[field.type];
  if (!one)
    throw new Error(`Cannot emit the type of field "${field.fullName}": unknown type "${field.type}"`);
  if (field instanceof protobuf.MapField) return `Readonly<Record<string, ${one}>>`;
  return field.repeated ? `readonly ${one}[]` : one;
}

function mayBeAbsent(field: protobuf.Field): boolean {
  if (field.repeated || field.map) return false;
  return field.resolvedType instanceof protobuf.Type || Boolean(field.partOf);
}

function emitRegistry(messages: readonly protobuf.Type[], services: readonly protobuf.Service[]): string {
  const packages = [...new Set(messages.map((type) => type.parent).filter((scope) => scope !== null))];
  const alias = (type: protobuf.Type): string => `${nameOf(type.parent).replaceAll('.', '_')}.${type.name}`;
  const imports = packages.map(
    (scope) => `import type * as ${nameOf(scope).replaceAll('.', '_')} from './${fileOf(scope)}';`,
  );
  const entries = messages.map((type) => `  '${nameOf(type)}': ${alias(type)};`);
  const tables = services.flatMap((service) => [
    `  '${nameOf(service)}': {`,
    ...service.methodsArray.map((method) => {
      method.resolve();
      const request = nameOf(method.resolvedRequestType);
      const response = nameOf(method.resolvedResponseType);
      return `    ${method.name}: { request: '${request}'; response: '${response}' };`;
    }),
    '  };',
  ]);
  return [
    ...imports,
    '',
    'export interface Messages {',
    ...entries,
    '}',
    '',
    'export interface Services {',
    ...tables,
    '}',
    '',
  ].join('\n');
}

const fileOf = (scope: protobuf.NamespaceBase): string => `${nameOf(scope)}.ts`;
const nameOf = (item: protobuf.ReflectionObject | null): string => item?.fullName.replace(/^\./, '') ?? '';
