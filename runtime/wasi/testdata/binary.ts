/** Assembles tiny modules by hand, for what no compiler would write (core spec 5, binary format). */
const preamble = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** A section of fewer than 128 bytes. */
export function section(id: number, ...bytes: readonly number[]): number[] {
  return [id, bytes.length, ...bytes];
}

/** A name of fewer than 128 bytes. */
export function name(text: string): number[] {
  const bytes = Buffer.from(text);
  return [bytes.length, ...bytes];
}

/** A module out of its sections. */
export function moduleOf(...sections: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([...preamble, ...sections.flat()]);
}

/** One type, `func () -> ()`, with index 0. */
export const typeSection: readonly number[] = section(1, 1, 0x60, 0, 0);

/** Imports one function of type 0. */
export function importSection(module: string, field: string): number[] {
  return section(2, 1, ...name(module), ...name(field), 0, 0);
}

/** A command without imports: function 0 is `_start`, made of these instructions, and there is one page of memory. */
export function startingModule(...instructions: readonly number[]): Uint8Array {
  return moduleOf(
    typeSection,
    section(3, 1, 0),
    section(5, 1, 0, 1),
    section(7, 2, ...name('_start'), 0, 0, ...name('memory'), 2, 0),
    section(10, 1, instructions.length + 1, 0, ...instructions),
  );
}
