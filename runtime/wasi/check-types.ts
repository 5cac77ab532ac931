import { BinaryReader } from './binary.ts';
import { ModuleError } from './module-error.ts';

/** How types begin (core spec 5.3): those of functions, and those of what lies on the engine's own heap. */
const FUNCTION = 0x60;
const COLLECTED: ReadonlySet<number> = new Set([0x5e, 0x5f]);
/** A group of types that name each other, and a type that may have subtypes, or has none. */
const GROUP = 0x4e;
const SUBTYPES: ReadonlySet<number> = new Set([0x50, 0x4f]);
/** `ref` and `ref null`: a heap type follows. */
const LONG_TYPES: ReadonlySet<number> = new Set([0x63, 0x64]);

/**
 * Refuses a type section with structs or arrays. They would be allocated on the engine's heap, where a guest's
 * memory limit means nothing: a loop that made arrays had 2.8 GB in a thread whose heap was limited to 64 MB.
 *
 * @throws ModuleError
 * @throws BinaryError
 */
export function checkTypes(body: Uint8Array, name: string): void {
  const reader = new BinaryReader(body);
  for (let groups = reader.unsigned(); groups > 0; groups--) {
    const first = reader.byte();
    if (first !== GROUP) checkType(reader, first, name);
    else for (let count = reader.unsigned(); count > 0; count--) checkType(reader, reader.byte(), name);
  }
}

function checkType(reader: BinaryReader, first: number, name: string): void {
  let kind = first;
  if (SUBTYPES.has(first)) {
    for (let count = reader.unsigned(); count > 0; count--) reader.unsigned();
    kind = reader.byte();
  }
  if (COLLECTED.has(kind)) {
    throw refused(name, 'it has garbage-collected types (WasmGC), whose memory no limit would bound');
  }
  if (kind !== FUNCTION) throw refused(name, `it has types of an unknown kind (0x${kind.toString(16)})`);
  skipValueTypes(reader);
  skipValueTypes(reader);
}

function skipValueTypes(reader: BinaryReader): void {
  for (let count = reader.unsigned(); count > 0; count--) {
    if (LONG_TYPES.has(reader.byte())) reader.skipNumber();
  }
}

function refused(name: string, reason: string): ModuleError {
  return new ModuleError('memory', `Cannot load "${name}": ${reason}`);
}
