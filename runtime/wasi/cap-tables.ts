import { BinaryReader, encodeSection, encodeUnsigned, SectionId } from './binary.ts';
import { ModuleError } from './module-error.ts';

/**
 * Entries of all tables of a module. They lie in the host's memory, some twenty bytes each, and no limit of a
 * guest's own memory holds for them. The largest interpreters have some ten thousand.
 */
export const TABLE_ENTRIES = 1_000_000;

/** Of no use to any compiler; each has its price, however empty. */
const TABLES = 256;

/** Bits of a table type (core spec 5.3.10, with threads and memory64). */
const HAS_MAXIMUM = 1;

/** A table with an initial value for its entries (core spec 5.5.7) begins with this. */
const INITIALISED = 0x40;
/** `ref` and `ref null`: a heap type follows. */
const LONG_TYPES: ReadonlySet<number> = new Set([0x63, 0x64]);

interface Table {
  readonly type: Uint8Array;
  readonly minimum: number;
  readonly maximum: number;
}

/**
 * The table section anew, so that its tables together cannot come to more than `TABLE_ENTRIES`.
 *
 * @throws ModuleError for tables that begin with more, or are of a kind that is not read here
 * @throws BinaryError
 */
export function capTables(body: Uint8Array, name: string): Uint8Array {
  const reader = new BinaryReader(body);
  const count = reader.unsigned();
  if (count > TABLES) throw refused(name, `it has ${count} tables and the limit is ${TABLES}`);
  const tables = Array.from({ length: count }, () => readTable(reader, body, name));
  const minimum = tables.reduce((sum, table) => sum + table.minimum, 0);
  if (minimum > TABLE_ENTRIES) {
    throw refused(name, `its tables begin with ${minimum} entries and the limit is ${TABLE_ENTRIES}`);
  }
  const room = Math.floor((TABLE_ENTRIES - minimum) / Math.max(1, count));
  const parts = tables.flatMap((table) => {
    const maximum = Math.min(table.maximum, table.minimum + room);
    const limits = [HAS_MAXIMUM, ...encodeUnsigned(table.minimum), ...encodeUnsigned(maximum)];
    return [table.type, Uint8Array.from(limits)];
  });
  return encodeSection(SectionId.table, Uint8Array.from(encodeUnsigned(count)), ...parts);
}

function readTable(reader: BinaryReader, body: Uint8Array, name: string): Table {
  const start = reader.at;
  const type = reader.byte();
  if (type === INITIALISED) throw refused(name, 'its tables have initial values, which is not supported');
  if (LONG_TYPES.has(type)) reader.skipNumber();
  const end = reader.at;
  const flags = reader.byte();
  if ((flags & ~HAS_MAXIMUM) !== 0) throw refused(name, 'its tables are of a kind that is not supported');
  const minimum = reader.unsigned();
  const maximum = (flags & HAS_MAXIMUM) === 0 ? TABLE_ENTRIES : reader.unsigned();
  return { type: body.subarray(start, end), minimum, maximum };
}

function refused(name: string, reason: string): ModuleError {
  return new ModuleError('table', `Cannot load "${name}": ${reason}`);
}
