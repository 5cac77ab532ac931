/** A core module whose functions take and give nothing and do nothing. */
export interface ModuleDraft {
  /** Functions it imports. */
  readonly imports?: readonly (readonly [module: string, name: string])[];
  /** Functions it exports. */
  readonly exports?: readonly string[];
}

/** The bytes of a module with a memory, which it exports (core spec 5.5). */
export function wasmModule({ imports = [], exports = [] }: ModuleDraft): Buffer {
  const own = imports.length;
  return Buffer.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [[0x60, 0, 0]]),
    ...section(
      2,
      imports.map(([module, name]) => [...text(module), ...text(name), 0, 0]),
    ),
    ...section(3, [[0]]),
    ...section(5, [[0, 1]]),
    ...section(7, [[...text('memory'), 2, 0], ...exports.map((name) => [...text(name), 0, own])]),
    ...section(10, [[2, 0, 0x0b]]),
  ]);
}

/** Items of less than 128 bytes in all, which a test's are. */
function section(id: number, items: readonly (readonly number[])[]): readonly number[] {
  const body = [items.length, ...items.flat()];
  if (body.length > 127) throw new Error(`Cannot write section ${id}: it is too long for a test`);
  return [id, body.length, ...body];
}

function text(value: string): readonly number[] {
  return [value.length, ...Buffer.from(value)];
}
