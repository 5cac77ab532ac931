import { formatBytes } from './limits.ts';
import { ModuleError } from './module-error.ts';

const PAGE = 65536;
const HEADER = 8;
const SECTION_CUSTOM = 0;
const SECTION_MEMORY = 5;

/** Bits of a memory type (core spec 5.3.9, with threads and memory64). */
const HAS_MAXIMUM = 1;
const SHARED = 2;
const INDEX_64 = 4;

/**
 * Rewrites a core module so that its memory cannot grow past `limit` bytes, and leaves out custom sections
 * other than the names: debug information makes half of the compile time.
 *
 * Bytes that are no module come back as they are, for the engine to say what is wrong with them.
 *
 * @throws ModuleError for a memory that starts above the limit, is shared or has 64-bit addresses
 */
export function capMemory(bytes: Uint8Array, name: string, limit: number): Uint8Array {
  const sections = readSections(bytes);
  if (sections === undefined) return bytes;
  const parts: Uint8Array[] = [bytes.subarray(0, HEADER)];
  for (const section of sections) {
    if (section.id === SECTION_CUSTOM && !isNameSection(section.body)) continue;
    parts.push(section.id === SECTION_MEMORY ? capped(section.body, name, limit) : section.whole);
  }
  return Buffer.concat(parts);
}

interface Section {
  readonly id: number;
  readonly body: Uint8Array;
  /** With its id and size in front. */
  readonly whole: Uint8Array;
}

function readSections(bytes: Uint8Array): Section[] | undefined {
  const sections: Section[] = [];
  const reader = new Reader(bytes, HEADER);
  while (reader.at < bytes.length) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.unsigned();
    if (id === undefined || size === undefined || reader.at + size > bytes.length) return undefined;
    const end = reader.at + size;
    sections.push({ id, body: bytes.subarray(reader.at, end), whole: bytes.subarray(start, end) });
    reader.at = end;
  }
  return sections;
}

function isNameSection(body: Uint8Array): boolean {
  return Buffer.from(body.subarray(0, 5)).toString('latin1') === '\x04name';
}

/** The memory section anew, with the lesser of its own maximum and the limit. */
function capped(body: Uint8Array, name: string, limit: number): Uint8Array {
  const pages = Math.floor(limit / PAGE);
  const reader = new Reader(body, 0);
  const count = reader.unsigned() ?? 0;
  const memories: number[] = [...unsigned(count)];
  for (let i = 0; i < count; i++) {
    const flags = reader.byte() ?? 0;
    if ((flags & ~HAS_MAXIMUM) !== 0) throw new ModuleError('memory', unsupported(name, flags));
    const minimum = reader.unsigned() ?? 0;
    const maximum = (flags & HAS_MAXIMUM) === 0 ? pages : Math.min(reader.unsigned() ?? pages, pages);
    if (minimum > pages) {
      const wanted = formatBytes(minimum * PAGE);
      throw new ModuleError(
        'memory',
        `Cannot load "${name}": it asks for ${wanted} of memory and the limit is ${formatBytes(limit)}`,
      );
    }
    memories.push(HAS_MAXIMUM, ...unsigned(minimum), ...unsigned(maximum));
  }
  return Uint8Array.from([SECTION_MEMORY, ...unsigned(memories.length), ...memories]);
}

function unsupported(name: string, flags: number): string {
  const kind = (flags & SHARED) !== 0 ? 'shared' : (flags & INDEX_64) !== 0 ? '64-bit' : 'of an unknown kind';
  return `Cannot load "${name}": its memory is ${kind}, which is not supported`;
}

class Reader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  byte(): number | undefined {
    return this.#bytes[this.at++];
  }

  /** An unsigned 32-bit number in LEB128 (core spec 5.2.2), undefined when there is none. */
  unsigned(): number | undefined {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      if (byte === undefined) return undefined;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return undefined;
  }
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const more = rest > 0x7f ? 0x80 : 0;
    bytes.push((rest & 0x7f) | more);
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}
