/**
 * Gives the engine's memory a maximum. The module defines its memory without one, so only a change to the
 * binary makes V8 itself refuse to grow further (WebAssembly core spec, binary format: memory section).
 */
const HEADER_BYTES = 8;
const GLOBAL_SECTION = 6;
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;
const I32 = 0x7f;
const MUTABLE = 1;

interface Section {
  readonly id: number;
  /** Offset of the section's id byte. */
  readonly start: number;
  readonly contents: Uint8Array;
  /** Offset behind the section. */
  readonly end: number;
}

/**
 * Returns a copy of `module` whose one memory may not grow past `maximumPages` (of 64 KiB).
 *
 * Also makes sure that the module has no mutable state beside its memory and one 32-bit global: the image of
 * a worker holds those two and nothing else.
 *
 * @throws Error when the module is of another shape
 */
export function capMemory(module: Uint8Array, maximumPages: number): Uint8Array {
  let memory: Section | undefined;
  let globals: Section | undefined;
  for (const section of sections(module)) {
    if (section.id === MEMORY_SECTION) memory = section;
    if (section.id === GLOBAL_SECTION) globals = section;
  }
  if (!memory || !globals)
    throw new Error('Cannot use the JavaScript engine: it has no memory or no globals');
  const [count, type, mutability] = globals.contents;
  if (count !== 1 || type !== I32 || mutability !== MUTABLE) {
    throw new Error('Cannot use the JavaScript engine: expected its stack pointer to be the only global');
  }
  const [memories, flags] = memory.contents;
  if (memories !== 1 || flags !== 0) {
    throw new Error('Cannot use the JavaScript engine: expected one memory without a maximum');
  }
  const { value: minimum } = readUnsigned(memory.contents, 2);
  if (minimum > maximumPages) {
    throw new Error(`Cannot cap the engine's memory at ${maximumPages} pages: it starts with ${minimum}`);
  }
  const limits = [1, HAS_MAXIMUM, ...unsigned(minimum), ...unsigned(maximumPages)];
  return Buffer.concat([
    module.subarray(0, memory.start),
    Uint8Array.from([MEMORY_SECTION, ...unsigned(limits.length), ...limits]),
    module.subarray(memory.end),
  ]);
}

function* sections(module: Uint8Array): Generator<Section> {
  let offset = HEADER_BYTES;
  while (offset < module.length) {
    const start = offset;
    const { value: size, end: body } = readUnsigned(module, start + 1);
    offset = body + size;
    yield { id: module[start] ?? 0, start, contents: module.subarray(body, offset), end: offset };
  }
}

/** LEB128 of an unsigned 32-bit number (core spec 5.2.2). */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}

function readUnsigned(bytes: Uint8Array, offset: number): { value: number; end: number } {
  let value = 0;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[offset + index];
    if (byte === undefined) break;
    value |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) return { value: value >>> 0, end: offset + index + 1 };
  }
  throw new Error(`Cannot read the JavaScript engine's module: bad number at offset ${offset}`);
}
