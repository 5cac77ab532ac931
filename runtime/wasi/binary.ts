/** Bytes that do not follow the binary format (core spec 5). */
export class BinaryError extends Error {
  override readonly name: string = 'BinaryError';
}

/** Numbers of the sections that are read or written here (core spec 5.5.2). */
export const SectionId = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
  /** With its id and size in front. */
  readonly whole: Uint8Array;
}

/** Length of the magic and the version in front of the sections. */
export const HEADER_BYTES = 8;

/** The sections of a module in their order. @throws BinaryError */
export function readSections(bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  const reader = new BinaryReader(bytes, HEADER_BYTES);
  while (!reader.isAtEnd) {
    const start = reader.at;
    const id = reader.byte();
    const body = reader.bytes(reader.unsigned());
    sections.push({ id, body, whole: bytes.subarray(start, reader.at) });
  }
  return sections;
}

/** The order of sections; custom ones may stand anywhere (core spec 5.5.17, with tags). */
const ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/** The module with these sections, whole, in the place of its own of their kinds, or where the order wants them. */
export function withSections(
  bytes: Uint8Array,
  sections: readonly Section[],
  changed: readonly Uint8Array[],
): Uint8Array {
  const rank = (id: number | undefined): number => ORDER.indexOf(id ?? SectionId.custom);
  const ids = new Set(changed.map((whole) => whole[0]));
  const kept = sections.filter(({ id }) => !ids.has(id)).map(({ whole }) => whole);
  for (const whole of changed) {
    const before = kept.findLastIndex((other) => other[0] !== 0 && rank(other[0]) < rank(whole[0]));
    kept.splice(before + 1, 0, whole);
  }
  return Buffer.concat([bytes.subarray(0, HEADER_BYTES), ...kept]);
}

export function encodeSection(id: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Uint8Array.of(id, ...encodeUnsigned(size)), ...parts]);
}

/** Reads from `at` up to the end of the bytes. Every method throws BinaryError where they end too early. */
export class BinaryReader {
  at: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new BinaryError('Cannot read module: its bytes end too early');
    return byte;
  }

  bytes(length: number): Uint8Array {
    const start = this.at;
    this.skip(length);
    return this.#bytes.subarray(start, this.at);
  }

  skip(length: number): void {
    this.at += length;
    if (this.at > this.#bytes.length) throw new BinaryError('Cannot read module: its bytes end too early');
  }

  /** An unsigned 32-bit number in LEB128 (core spec 5.2.2). */
  unsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte >= 0x80) continue;
      if (value > 0xffff_ffff) break;
      return value;
    }
    throw new BinaryError('Cannot read module: a number has more than 32 bits');
  }

  /** Passes over a number in LEB128 of up to 64 bits, signed or not. */
  skipNumber(): void {
    for (let i = 0; i < 10; i++) if (this.byte() < 0x80) return;
    throw new BinaryError('Cannot read module: a number has more than 64 bits');
  }

  name(): string {
    return Buffer.from(this.bytes(this.unsigned())).toString();
  }
}

/** An unsigned 32-bit number in LEB128, as short as it goes. */
export function encodeUnsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const more = rest > 0x7f ? 0x80 : 0;
    bytes.push((rest & 0x7f) | more);
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return bytes;
}

export function encodeName(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  return Buffer.concat([Uint8Array.from(encodeUnsigned(bytes.length)), bytes]);
}
