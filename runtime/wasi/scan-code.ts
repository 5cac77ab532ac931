import type { BinaryReader } from './binary.ts';

/** What follows an opcode (core spec 5.4). */
type Immediates =
  | 'none'
  /** One index or number in LEB128. */
  | 'number'
  /** Two of them. */
  | 'two'
  | 'block type'
  | 'memory argument'
  /** A memory argument and a lane. */
  | 'memory lane'
  | 'byte'
  | 'four bytes'
  | 'eight bytes'
  | 'sixteen bytes'
  | 'labels'
  | 'types'
  | 'catches'
  | 'numeric'
  | 'vector'
  /** Changes state that cannot be read or put back from outside: contents of tables, dropped segments. */
  | 'hidden state';

type Opcodes = ReadonlyMap<number, Immediates>;
type Range = readonly [from: number, to: number, immediates: Immediates];

/** Later ranges win. */
function opcodes(...ranges: readonly Range[]): Opcodes {
  const map = new Map<number, Immediates>();
  for (const [from, to, immediates] of ranges) {
    for (let opcode = from; opcode <= to; opcode++) map.set(opcode, immediates);
  }
  return map;
}

const END = 0x0b;
/** `block`, `loop`, `if`, `try`, `try_table`: each has an `end` (or `delegate`) of its own. */
const OPENING: ReadonlySet<number> = new Set([0x02, 0x03, 0x04, 0x06, 0x1f]);
const DELEGATE = 0x18;

/** Core spec 5.4, with both generations of exception handling. Garbage collection and threads are left out. */
const PLAIN: Opcodes = opcodes(
  [0x00, 0x01, 'none'],
  [0x02, 0x04, 'block type'],
  [0x05, 0x05, 'none'],
  [0x06, 0x06, 'block type'],
  [0x07, 0x09, 'number'],
  [0x0a, 0x0b, 'none'],
  [0x0c, 0x0d, 'number'],
  [0x0e, 0x0e, 'labels'],
  [0x0f, 0x0f, 'none'],
  [0x10, 0x10, 'number'],
  [0x11, 0x11, 'two'],
  [0x12, 0x12, 'number'],
  [0x13, 0x13, 'two'],
  [0x18, 0x18, 'number'],
  [0x19, 0x1b, 'none'],
  [0x1c, 0x1c, 'types'],
  [0x1f, 0x1f, 'catches'],
  [0x20, 0x25, 'number'],
  [0x26, 0x26, 'hidden state'],
  [0x28, 0x3e, 'memory argument'],
  [0x3f, 0x42, 'number'],
  [0x43, 0x43, 'four bytes'],
  [0x44, 0x44, 'eight bytes'],
  [0x45, 0xc4, 'none'],
  [0xd0, 0xd0, 'number'],
  [0xd1, 0xd1, 'none'],
  [0xd2, 0xd2, 'number'],
  [0xfc, 0xfc, 'numeric'],
  [0xfd, 0xfd, 'vector'],
);

/** After 0xfc. */
const NUMERIC: Opcodes = opcodes(
  [0, 7, 'none'],
  [8, 9, 'hidden state'],
  [10, 10, 'two'],
  [11, 11, 'number'],
  [12, 15, 'hidden state'],
  [16, 16, 'number'],
  [17, 17, 'hidden state'],
);

/** After 0xfd, with relaxed SIMD. */
const VECTOR: Opcodes = opcodes(
  [0, 11, 'memory argument'],
  [12, 13, 'sixteen bytes'],
  [14, 20, 'none'],
  [21, 34, 'byte'],
  [35, 83, 'none'],
  [84, 91, 'memory lane'],
  [92, 93, 'memory argument'],
  [94, 275, 'none'],
);

/** The value types of numbers, vectors, `funcref`, `externref` and `exnref`, each one byte. */
const VALUE_TYPES: ReadonlySet<number> = new Set([0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f, 0x69]);
/** Begin value types of several bytes (typed function references, garbage collection). */
const LONG_TYPES: ReadonlySet<number> = new Set([0x63, 0x64]);
/** A memory argument with this bit is followed by the index of a memory. */
const OTHER_MEMORY = 0x40;

/** `memory.size` and `memory.grow`, each followed by the index of the memory. */
export const MEMORY_SIZE = 0x3f;
export const MEMORY_GROW = 0x40;

/**
 * Reads a function (core spec 5.5.13, without its size), and says what in it stands against restoring an
 * instance from outside, undefined for nothing. Where its size and growth instructions are goes into `sizes`.
 *
 * @throws BinaryError
 */
export function scanFunction(reader: BinaryReader, sizes?: number[]): string | undefined {
  for (let groups = reader.unsigned(); groups > 0; groups--) {
    reader.unsigned();
    const type = reader.byte();
    if (!VALUE_TYPES.has(type)) return `unknown type ${hex(type)}`;
  }
  return scanExpression(reader, sizes);
}

/** As `scanFunction`, for instructions up to the `end` that matches none of their own blocks. */
export function scanExpression(reader: BinaryReader, sizes?: number[]): string | undefined {
  for (let depth = 1; depth > 0; ) {
    const opcode = reader.byte();
    if (opcode === MEMORY_SIZE || opcode === MEMORY_GROW) sizes?.push(reader.at - 1);
    const immediates = PLAIN.get(opcode);
    const obstacle = immediates === 'none' ? undefined : skipImmediates(reader, immediates, opcode);
    if (obstacle !== undefined) return obstacle;
    if (OPENING.has(opcode)) depth += 1;
    if (opcode === END || opcode === DELEGATE) depth -= 1;
  }
  return undefined;
}

function skipImmediates(
  reader: BinaryReader,
  immediates: Immediates | undefined,
  opcode: number,
  prefix?: number,
): string | undefined {
  switch (immediates) {
    case 'none':
      return undefined;
    case 'number':
      reader.skipNumber();
      return undefined;
    case 'two':
      reader.skipNumber();
      reader.skipNumber();
      return undefined;
    case 'block type':
      return skipBlockType(reader);
    case 'memory argument':
      return skipMemoryArgument(reader);
    case 'memory lane':
      return skipMemoryArgument(reader) ?? skipImmediates(reader, 'byte', opcode);
    case 'byte':
      reader.skip(1);
      return undefined;
    case 'four bytes':
      reader.skip(4);
      return undefined;
    case 'eight bytes':
      reader.skip(8);
      return undefined;
    case 'sixteen bytes':
      reader.skip(16);
      return undefined;
    case 'labels':
      for (let count = reader.unsigned() + 1; count > 0; count--) reader.skipNumber();
      return undefined;
    case 'types':
      return skipTypes(reader);
    case 'catches':
      return skipBlockType(reader) ?? skipCatches(reader);
    case 'numeric':
      return prefixed(reader, NUMERIC, 0xfc);
    case 'vector':
      return prefixed(reader, VECTOR, 0xfd);
    case 'hidden state':
      return `instruction ${spelt(opcode, prefix)}`;
    case undefined:
      return `unknown instruction ${spelt(opcode, prefix)}`;
  }
}

function prefixed(reader: BinaryReader, opcodes: Opcodes, prefix: number): string | undefined {
  const opcode = reader.unsigned();
  return skipImmediates(reader, opcodes.get(opcode), opcode, prefix);
}

function skipBlockType(reader: BinaryReader): string | undefined {
  const start = reader.at;
  const first = reader.byte();
  if (LONG_TYPES.has(first)) return `unknown type ${hex(first)}`;
  reader.at = start;
  reader.skipNumber();
  return undefined;
}

function skipMemoryArgument(reader: BinaryReader): string | undefined {
  if (reader.unsigned() >= OTHER_MEMORY) return 'more than one memory';
  reader.skipNumber();
  return undefined;
}

function skipTypes(reader: BinaryReader): string | undefined {
  for (let count = reader.unsigned(); count > 0; count--) {
    const type = reader.byte();
    if (!VALUE_TYPES.has(type)) return `unknown type ${hex(type)}`;
  }
  return undefined;
}

/** `catch` and `catch_ref` name a tag; all four name a label. */
function skipCatches(reader: BinaryReader): string | undefined {
  for (let count = reader.unsigned(); count > 0; count--) {
    const kind = reader.byte();
    if (kind > 3) return `unknown catch ${hex(kind)}`;
    if (kind < 2) reader.skipNumber();
    reader.skipNumber();
  }
  return undefined;
}

function spelt(opcode: number, prefix: number | undefined): string {
  return prefix === undefined ? hex(opcode) : `${hex(prefix)} ${hex(opcode)}`;
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
