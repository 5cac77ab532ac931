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
import { formatBytes } from './limits.ts';
import { ModuleError } from './module-error.ts';

const PAGE = 65536;

/** Bits of a memory type (core spec 5.3.9, with threads and memory64). */
const HAS_MAXIMUM = 1;
const SHARED = 2;
const INDEX_64 = 4;

/**
 * Rewrites a core module so that its memory cannot grow past `limit` bytes, nor its tables past what is
 * reasonable (`capTables`), and leaves out custom sections
 * other than the names: debug information makes half of the compile time.
 *
 * Bytes that are no module come back as they are, for the engine to say what is wrong with them.
 *
 * @throws ModuleError for a memory that starts above the limit, is shared or has 64-bit addresses
 */
export function capMemory(bytes: Uint8Array, name: string, limit: number): Uint8Array {
  try {
    const parts: Uint8Array[] = [bytes.subarray(0, HEADER_BYTES)];
    for (const section of readSections(bytes)) {
      if (section.id === SectionId.custom && !isNameSection(section.body)) continue;
      if (section.id === SectionId.memory) parts.push(capped(section.body, name, limit));
      else if (section.id === SectionId.table) parts.push(capTables(section.body, name));
      else parts.push(section.whole);
    }
    return Buffer.concat(parts);
  } catch (error) {
    if (error instanceof BinaryError) return bytes;
    throw error;
  }
}

function isNameSection(body: Uint8Array): boolean {
  return Buffer.from(body.subarray(0, 5)).toString('latin1') === '\x04name';
}

/** The memory section anew, with the lesser of its own maximum and the limit. */
function capped(body: Uint8Array, name: string, limit: number): Uint8Array {
  const pages = Math.floor(limit / PAGE);
  const reader = new BinaryReader(body);
  const count = reader.unsigned();
  const memories: number[] = encodeUnsigned(count);
  for (let i = 0; i < count; i++) {
    const flags = reader.byte();
    if ((flags & ~HAS_MAXIMUM) !== 0) throw new ModuleError('memory', unsupported(name, flags));
    const minimum = reader.unsigned();
    const maximum = (flags & HAS_MAXIMUM) === 0 ? pages : Math.min(reader.unsigned(), pages);
    if (minimum > pages) {
      const wanted = formatBytes(minimum * PAGE);
      throw new ModuleError(
        'memory',
        `Cannot load "${name}": it asks for ${wanted} of memory and the limit is ${formatBytes(limit)}`,
      );
    }
    memories.push(HAS_MAXIMUM, ...encodeUnsigned(minimum), ...encodeUnsigned(maximum));
  }
  return encodeSection(SectionId.memory, Uint8Array.from(memories));
}

function unsupported(name: string, flags: number): string {
  const kind = (flags & SHARED) !== 0 ? 'shared' : (flags & INDEX_64) !== 0 ? '64-bit' : 'of an unknown kind';
  return `Cannot load "${name}": its memory is ${kind}, which is not supported`;
}
