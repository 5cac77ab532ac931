import {
  BinaryError,
  BinaryReader,
  encodeName,
  encodeSection,
  encodeUnsigned,
  HEADER_BYTES,
  readSections,
  type Section,
  SectionId,
} from './binary.ts';
import { scanExpression, scanFunction } from './scan-code.ts';

/** The names under which a module exports all of its state that can change. */
export interface StateExports {
  /** Undefined when it has no memory. */
  readonly memory: string | undefined;
  /** Mutable globals: numbers, none of them a vector. */
  readonly globals: readonly string[];
  /** Nothing in the module changes them. */
  readonly tables: readonly string[];
}

export type Exposure =
  | { readonly kind: 'exposed'; readonly bytes: Uint8Array; readonly state: StateExports }
  /** Some state cannot be reached from outside; the reason says which, in a few words. */
  | { readonly kind: 'hidden'; readonly reason: string };

/** Kinds of imports and exports (core spec 5.5.5 and 5.5.10). */
const Kind = { function: 0, table: 1, memory: 2, global: 3 } as const;

/** Putting back more globals than this costs as much as a new instance. */
const MAXIMUM_GLOBALS = 256;
/** No compiler makes more; the number is a guest's claim until the module is compiled. */
const MAXIMUM_TABLES = 256;

/** i32, i64, f32, f64: what JavaScript can read from a global and write back. */
const NUMBERS: ReadonlySet<number> = new Set([0x7f, 0x7e, 0x7d, 0x7c]);
/** v128, funcref, externref: fine as long as they are constant. */
const OTHERS: ReadonlySet<number> = new Set([0x7b, 0x70, 0x6f]);

const PREFIX = 'wws:state/';

/**
 * Rewrites a module so that it exports its memory, mutable globals and tables under names it does not use
 * itself, provided that putting memory and globals back makes an instance as good as new. Unknown
 * instructions, types or sections count against it.
 *
 * The answer supposes that the module is valid: compiling tells.
 */
export function exposeState(bytes: Uint8Array): Exposure {
  try {
    return expose(bytes);
  } catch (error) {
    if (error instanceof BinaryError) return { kind: 'hidden', reason: error.message };
    throw error;
  }
}

function expose(bytes: Uint8Array): Exposure {
  const sections = readSections(bytes);
  const found = new Map<number, Section>();
  for (const section of sections) {
    if (section.id > SectionId.tag) return hidden(`unknown section ${section.id}`);
    if (section.id !== SectionId.custom && found.has(section.id)) return hidden('a section twice');
    found.set(section.id, section);
  }
  const body = (id: number): Uint8Array => found.get(id)?.body ?? Uint8Array.of(0);
  if (found.has(SectionId.start)) return hidden('a start function');
  const memories = new BinaryReader(body(SectionId.memory)).unsigned();
  if (memories > 1) return hidden('more than one memory');
  const globals = mutableGlobals(body(SectionId.global));
  const obstacle =
    otherImport(body(SectionId.import)) ??
    (typeof globals === 'string' ? globals : undefined) ??
    scanFunctions(body(SectionId.code));
  if (obstacle !== undefined || typeof globals === 'string') return hidden(obstacle ?? 'globals');
  const tables = new BinaryReader(body(SectionId.table)).unsigned();
  if (tables > MAXIMUM_TABLES) return hidden('too many tables');
  return exported(bytes, sections, { memories, globals, tables });
}

function hidden(reason: string): Exposure {
  return { kind: 'hidden', reason };
}

/** Imported state belongs to somebody else. */
function otherImport(body: Uint8Array): string | undefined {
  const reader = new BinaryReader(body);
  for (let count = reader.unsigned(); count > 0; count--) {
    reader.name();
    reader.name();
    if (reader.byte() !== Kind.function) return 'an import that is no function';
    reader.unsigned();
  }
  return undefined;
}

/** Indices of mutable globals, or what stands against it. Imported ones would come first: there are none. */
function mutableGlobals(body: Uint8Array): number[] | string {
  const reader = new BinaryReader(body);
  const count = reader.unsigned();
  const mutable: number[] = [];
  for (let index = 0; index < count; index++) {
    const type = reader.byte();
    const isNumber = NUMBERS.has(type);
    if (!isNumber && !OTHERS.has(type)) return 'a global of unknown type';
    const isMutable = reader.byte() !== 0;
    if (isMutable && !isNumber) return 'a mutable global that is no number';
    if (isMutable) mutable.push(index);
    const obstacle = scanExpression(reader);
    if (obstacle !== undefined) return obstacle;
  }
  return mutable.length > MAXIMUM_GLOBALS ? 'too many mutable globals' : mutable;
}

function scanFunctions(body: Uint8Array): string | undefined {
  const reader = new BinaryReader(body);
  for (let count = reader.unsigned(); count > 0; count--) {
    const size = reader.unsigned();
    const end = reader.at + size;
    const obstacle = scanFunction(reader);
    if (obstacle !== undefined) return obstacle;
    if (reader.at !== end) throw new BinaryError('Cannot read module: a function is not as long as it says');
  }
  return undefined;
}

interface State {
  readonly memories: number;
  readonly globals: readonly number[];
  readonly tables: number;
}

function exported(bytes: Uint8Array, sections: readonly Section[], has: State): Exposure {
  const own = sections.find((section) => section.id === SectionId.export)?.body ?? Uint8Array.of(0);
  const { count, names, entries } = readExports(own);
  const prefix = unusedPrefix(names);
  const added: Uint8Array[] = [];
  const add = (kind: number, what: string, index: number): string => {
    const name = `${prefix}${what}/${index}`;
    added.push(encodeName(name), Uint8Array.of(kind, ...encodeUnsigned(index)));
    return name;
  };
  const state: StateExports = {
    memory: has.memories === 1 ? add(Kind.memory, 'memory', 0) : undefined,
    globals: has.globals.map((index) => add(Kind.global, 'global', index)),
    tables: Array.from({ length: has.tables }, (_, index) => add(Kind.table, 'table', index)),
  };
  const total = Uint8Array.from(encodeUnsigned(count + added.length / 2));
  const section = encodeSection(SectionId.export, total, entries, ...added);
  return { kind: 'exposed', bytes: withExports(bytes, sections, section), state };
}

function readExports(body: Uint8Array): { count: number; names: string[]; entries: Uint8Array } {
  const reader = new BinaryReader(body);
  const count = reader.unsigned();
  const entries = body.subarray(reader.at);
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    names.push(reader.name());
    reader.byte();
    reader.unsigned();
  }
  if (!reader.isAtEnd) throw new BinaryError('Cannot read module: the exports are not as long as they say');
  return { count, names, entries };
}

/** No export begins with it. */
function unusedPrefix(names: readonly string[]): string {
  let prefix = PREFIX;
  while (names.some((name) => name.startsWith(prefix))) prefix += '/';
  return prefix;
}

/** The module with this export section, put where the order of sections wants it. */
function withExports(bytes: Uint8Array, sections: readonly Section[], exports: Uint8Array): Uint8Array {
  const isBefore = ({ id }: Section): boolean =>
    id === SectionId.tag || (id !== SectionId.custom && id < SectionId.export);
  const before = sections.findLastIndex(isBefore) + 1;
  const whole = (list: readonly Section[]): Uint8Array[] =>
    list.filter(({ id }) => id !== SectionId.export).map((section) => section.whole);
  return Buffer.concat([
    bytes.subarray(0, HEADER_BYTES),
    ...whole(sections.slice(0, before)),
    exports,
    ...whole(sections.slice(before)),
  ]);
}
