import {
  BinaryError,
  BinaryReader,
  encodeSection,
  encodeUnsigned,
  HEADER_BYTES,
  readSections,
  SectionId,
} from './binary.ts';
import { capTables } from './cap-tables.ts';
import { checkTypes } from './check-types.ts';
import { formatBytes } from './limits.ts';
import { ModuleError } from './module-error.ts';

const PAGE = 65536;

/** Bits of a memory type (core spec 5.3.9, with threads and memory64). */
const HAS_MAXIMUM = 1;
const SHARED = 2;
const INDEX_64 = 4;

/** Each has its price, however small: a guard region of gigabytes of address space. */
const MEMORIES = 16;

/**
 * Rewrites a core module so that its memories together cannot grow past `limit` bytes, nor its tables past what
 * is reasonable (`capTables`), and leaves out custom sections other than the names: debug information makes half
 * of the compile time.
 *
 * Bytes that are no module come back as they are, for the engine to say what is wrong with them.
 *
 * @throws ModuleError for memories that start above the limit, are shared, or have 64-bit addresses; for memory
 * that no limit would bound (`checkTypes`)
 */
export function capMemory(bytes: Uint8Array, name: string, limit: number): Uint8Array {
  try {
    const parts: Uint8Array[] = [bytes.subarray(0, HEADER_BYTES)];
    for (const section of readSections(bytes)) {
      if (section.id === SectionId.custom && !isNameSection(section.body)) continue;
      if (section.id === SectionId.type) checkTypes(section.body, name);
      if (section.id === SectionId.memory) parts.push(capped(section.body, name, limit));
      else if (section.id === SectionId.table) parts.push(capTables(section.body, name));
      else parts.push(section.whole);
    }
    return isMadeOf(bytes, parts) ? bytes : Buffer.concat(parts);
  } catch (error) {
    if (error instanceof BinaryError) return bytes;
    throw error;
  }
}

/** Large modules are not copied for nothing. */
function isMadeOf(bytes: Uint8Array, parts: readonly Uint8Array[]): boolean {
  let at = 0;
  for (const part of parts) {
    // Most are views of the module itself.
    const isInPlace = part.buffer === bytes.buffer && part.byteOffset === bytes.byteOffset + at;
    if (!isInPlace && Buffer.compare(part, bytes.subarray(at, at + part.length)) !== 0) return false;
    at += part.length;
  }
  return at === bytes.length;
}

function isNameSection(body: Uint8Array): boolean {
  return Buffer.from(body.subarray(0, 5)).toString('latin1') === '\x04name';
}

interface MemoryPages {
  readonly minimum: number;
  readonly maximum: number;
}

/** The memory section anew: what the limit leaves above their minimum, several memories share. */
function capped(body: Uint8Array, name: string, limit: number): Uint8Array {
  const pages = Math.floor(limit / PAGE);
  const reader = new BinaryReader(body);
  const count = reader.unsigned();
  if (count > MEMORIES) throw refused(name, `it has ${count} memories and the limit is ${MEMORIES}`);
  const memories = Array.from({ length: count }, () => readMemory(reader, name));
  const minimum = memories.reduce((sum, memory) => sum + memory.minimum, 0);
  if (minimum > pages) {
    const wanted = formatBytes(minimum * PAGE);
    throw refused(name, `it asks for ${wanted} of memory and the limit is ${formatBytes(limit)}`);
  }
  const room = Math.floor((pages - minimum) / Math.max(1, count));
  const types = memories.flatMap((memory) => {
    const maximum = Math.min(memory.maximum, memory.minimum + room);
    return [HAS_MAXIMUM, ...encodeUnsigned(memory.minimum), ...encodeUnsigned(maximum)];
  });
  return encodeSection(SectionId.memory, Uint8Array.from([...encodeUnsigned(count), ...types]));
}

function readMemory(reader: BinaryReader, name: string): MemoryPages {
  const flags = reader.byte();
  if ((flags & ~HAS_MAXIMUM) !== 0) throw refused(name, unsupported(flags));
  const minimum = reader.unsigned();
  return { minimum, maximum: (flags & HAS_MAXIMUM) === 0 ? Number.POSITIVE_INFINITY : reader.unsigned() };
}

function refused(name: string, reason: string): ModuleError {
  return new ModuleError('memory', `Cannot load "${name}": ${reason}`);
}

function unsupported(flags: number): string {
  const kind = (flags & SHARED) !== 0 ? 'shared' : (flags & INDEX_64) !== 0 ? '64-bit' : 'of an unknown kind';
  return `its memory is ${kind}, which is not supported`;
}
