import { BinaryError, BinaryReader } from './binary.ts';
import { MEMORY_GROW, scanFunction } from './scan-code.ts';

/** A function of the code section. */
export interface FoundFunction {
  /** With its length in front. */
  readonly whole: Uint8Array;
  readonly code: Uint8Array;
  /** Where in `code` the instructions are that read or change the size of the memory. */
  readonly sizes: readonly number[];
  /** One of them grows it. */
  readonly grows: boolean;
}

/** The functions of a code section, or what in them stands against restoring an instance. @throws BinaryError */
export function scanFunctions(body: Uint8Array): readonly FoundFunction[] | string {
  const functions: FoundFunction[] = [];
  const reader = new BinaryReader(body);
  for (let count = reader.unsigned(); count > 0; count--) {
    const start = reader.at;
    const size = reader.unsigned();
    const codeStart = reader.at;
    const found: number[] = [];
    const obstacle = scanFunction(reader, found);
    if (obstacle !== undefined) return obstacle;
    if (reader.at !== codeStart + size)
      throw new BinaryError('Cannot read module: a function is not as long as it says');
    functions.push({
      whole: body.subarray(start, reader.at),
      code: body.subarray(codeStart, reader.at),
      sizes: found.map((at) => at - codeStart),
      grows: found.some((at) => body[at] === MEMORY_GROW),
    });
  }
  return functions;
}
