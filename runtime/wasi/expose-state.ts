import {
  BinaryError,
  BinaryReader,
  encodeName,
  encodeSection,
  encodeUnsigned,
  readSections,
  type Section,
  SectionId,
  withSections,
} from './binary.ts';
import { type FoundFunction, scanFunctions } from './found-function.ts';
import { scanExpression } from './scan-code.ts';
import { GROW_TYPE, growFunction, sizeGlobals, type VirtualSize, withVirtualSize } from './virtual-size.ts';

/** The names under which a module exports all of its state that can change. */
export interface StateExports {
  /** Undefined when it has no memory. */
  readonly memory: string | undefined;
  /** Mutable globals: numbers, none of them a vector. */
  readonly globals: readonly string[];
  /**
   * The global among them that holds the memory's size in pages as the module sees it (`VirtualSize`); undefined
   * when it sees the real one, which then never changes.
   */
  readonly size: string | undefined;
  /** The one that counts how often the memory was refused to grow; there if `size` is. */
  readonly refusals: string | undefined;
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

/** Begin a value type of several bytes (typed function references, garbage collection). */
const LONG_TYPES: ReadonlySet<number> = new Set([0x63, 0x64]);

const PREFIX = 'wws:state/';
const MAXIMUM_PAGES = 65_536;

/**
 * Rewrites a module so that it exports its memory, mutable globals and tables under names it does not use
 * itself, and keeps the size of its memory in one of the globals, provided that putting memory and globals back
 * makes an instance as good as new. Unknown instructions, types or sections count against it.
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
  if (countOf(body(SectionId.memory)) > 1) return hidden('more than one memory');
  const globals = mutableGlobals(body(SectionId.global));
  if (typeof globals === 'string') return hidden(globals);
  const imports = importedFunctions(body(SectionId.import));
  if (typeof imports === 'string') return hidden(imports);
  const functions = scanFunctions(body(SectionId.code));
  if (typeof functions === 'string') return hidden(functions);
  if (countOf(body(SectionId.table)) > MAXIMUM_TABLES) return hidden('too many tables');
  const virtual = virtualSize(body, imports, functions);
  if (typeof virtual === 'string') return hidden(virtual);
  const changed = virtual === undefined ? [] : keepingItsSize(body, functions, virtual);
  const { state, section } = exported(body, globals, virtual);
  return { kind: 'exposed', bytes: withSections(bytes, sections, [...changed, section]), state };
}

function hidden(reason: string): Exposure {
  return { kind: 'hidden', reason };
}

function countOf(body: Uint8Array): number {
  return new BinaryReader(body).unsigned();
}

/** How many functions are imported. Imported state belongs to somebody else. */
function importedFunctions(body: Uint8Array): number | string {
  const reader = new BinaryReader(body);
  const count = reader.unsigned();
  for (let index = 0; index < count; index++) {
    reader.name();
    reader.name();
    if (reader.byte() !== Kind.function) return 'an import that is no function';
    reader.unsigned();
  }
  return count;
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

type Body = (id: number) => Uint8Array;

/** Undefined where the size never changes; or what stands against keeping it. */
function virtualSize(
  body: Body,
  imports: number,
  functions: readonly FoundFunction[],
): VirtualSize | string | undefined {
  if (!functions.some(({ grows }) => grows) || countOf(body(SectionId.memory)) === 0) return undefined;
  const types = plainTypes(body(SectionId.type));
  if (types === undefined) return 'a type that is no function';
  const memory = new BinaryReader(body(SectionId.memory), 1);
  const hasMaximum = memory.byte() !== 0;
  const minimum = memory.unsigned();
  const maximum = hasMaximum ? memory.unsigned() : MAXIMUM_PAGES;
  return {
    minimum,
    maximum,
    global: countOf(body(SectionId.global)),
    refusals: countOf(body(SectionId.global)) + 1,
    growFunction: imports + functions.length,
    growType: types,
  };
}

/** How many types there are, if all are functions: those of garbage collection come in groups. */
function plainTypes(body: Uint8Array): number | undefined {
  const reader = new BinaryReader(body);
  const count = reader.unsigned();
  for (let index = 0; index < count; index++) {
    if (reader.byte() !== GROW_TYPE[0]) return undefined;
    for (let list = 0; list < 2; list++) {
      for (let values = reader.unsigned(); values > 0; values--)
        if (LONG_TYPES.has(reader.byte())) return undefined;
    }
  }
  return count;
}

/** The sections that change for a module to keep the size of its memory itself. */
function keepingItsSize(body: Body, functions: readonly FoundFunction[], virtual: VirtualSize): Uint8Array[] {
  const code = functions.map(({ whole, code, sizes }) => {
    if (sizes.length === 0) return whole;
    const changed = withVirtualSize(code, sizes, virtual);
    return Buffer.concat([Uint8Array.from(encodeUnsigned(changed.length)), changed]);
  });
  const total = Uint8Array.from(encodeUnsigned(functions.length + 1));
  return [
    appended(SectionId.type, body, [GROW_TYPE]),
    appended(SectionId.function, body, [Uint8Array.from(encodeUnsigned(virtual.growType))]),
    appended(SectionId.global, body, sizeGlobals(virtual)),
    encodeSection(SectionId.code, total, ...code, growFunction(virtual)),
  ];
}

/** A section with more entries. */
function appended(id: number, body: Body, entries: readonly Uint8Array[]): Uint8Array {
  const reader = new BinaryReader(body(id));
  const count = Uint8Array.from(encodeUnsigned(reader.unsigned() + entries.length));
  return encodeSection(id, count, body(id).subarray(reader.at), ...entries);
}

function exported(
  body: Body,
  globals: readonly number[],
  virtual: VirtualSize | undefined,
): { state: StateExports; section: Uint8Array } {
  const { count, names, entries } = readExports(body(SectionId.export));
  const prefix = unusedPrefix(names);
  const added: Uint8Array[] = [];
  const add = (kind: number, what: string, index: number): string => {
    const name = `${prefix}${what}/${index}`;
    added.push(encodeName(name), Uint8Array.of(kind, ...encodeUnsigned(index)));
    return name;
  };
  const memory = countOf(body(SectionId.memory)) === 1 ? add(Kind.memory, 'memory', 0) : undefined;
  const own = globals.map((index) => add(Kind.global, 'global', index));
  const size = virtual && add(Kind.global, 'global', virtual.global);
  const refusals = virtual && add(Kind.global, 'global', virtual.refusals);
  const tables = Array.from({ length: countOf(body(SectionId.table)) }, (_, index) =>
    add(Kind.table, 'table', index),
  );
  const total = Uint8Array.from(encodeUnsigned(count + added.length / 2));
  return {
    state: {
      memory,
      globals: size === undefined || refusals === undefined ? own : [...own, size, refusals],
      size,
      refusals,
      tables,
    },
    section: encodeSection(SectionId.export, total, entries, ...added),
  };
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
