import type { StateExports } from '#runtime/wasi/expose-state.ts';
import type { ImageContents } from '#runtime/wasi/instance-image.ts';
import type { MemoryBlock } from '#runtime/wasi/memory-file.ts';

/** An interpreter that stands still after its start, as it is kept in a file. */
export interface StoredInterpreter {
  /** Rewritten, so that its state is within reach (`exposeState`). */
  readonly module: Uint8Array;
  readonly state: StateExports;
  readonly image: ImageContents;
  /** What else its language needs to go on with it, as JSON. */
  readonly notes: unknown;
}

/**
 * The file:
 *
 * ```
 * u32           length of the header, little-endian
 * header        JSON, see `Header`
 * module
 * blocks        bytes of the memory, one block behind the other
 * ```
 */
interface Header {
  readonly format: number;
  /** Of what it was made; another one is of no use. */
  readonly key: string;
  readonly moduleBytes: number;
  readonly state: StateExports;
  readonly memoryBytes: number;
  /** Where each block starts, and how long it is. */
  readonly blocks: readonly (readonly [start: number, length: number])[];
  /** Those of 64 bits as text. */
  readonly globals: readonly (number | string)[];
  readonly notes: unknown;
}

const FORMAT = 1;
const LENGTH_BYTES = 4;
const WASM_PAGE_BYTES = 65_536;

/** The parts of a file, to be written one behind the other. */
export function encodeStored(
  key: string,
  { module, state, image, notes }: StoredInterpreter,
): readonly Uint8Array[] {
  const header: Header = {
    format: FORMAT,
    key,
    moduleBytes: module.length,
    state,
    memoryBytes: image.length,
    blocks: image.blocks.map(({ start, bytes }) => [start, bytes.length]),
    globals: image.globals.map((value) => (typeof value === 'bigint' ? String(value) : value)),
    notes,
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  return [length, text, module, ...image.blocks.map(({ bytes }) => bytes)];
}

/**
 * Reads a file that anybody may have made; the result's bytes are views of it. Undefined when it is of another key,
 * or no such file: what it holds can be made anew.
 */
export function decodeStored(file: Buffer, key: string): StoredInterpreter | undefined {
  const headerEnd = LENGTH_BYTES + (file.length < LENGTH_BYTES ? 0 : file.readUInt32LE());
  if (headerEnd > file.length) return undefined;
  const header = headerOf(file.toString('utf8', LENGTH_BYTES, headerEnd));
  if (header?.key !== key) return undefined;
  const module = file.subarray(headerEnd, headerEnd + header.moduleBytes);
  const blocks = blocksOf(file.subarray(headerEnd + header.moduleBytes), header);
  if (blocks === undefined) return undefined;
  const globals = header.globals.map((value) => (typeof value === 'string' ? BigInt(value) : value));
  const image = { length: header.memoryBytes, blocks, globals };
  return { module, state: header.state, image, notes: header.notes };
}

function headerOf(text: string): Header | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isHeader(value) ? value : undefined;
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  const { format, key, moduleBytes, state, memoryBytes, blocks, globals }: Partial<Record<string, unknown>> =
    {
      ...value,
    };
  return (
    format === FORMAT &&
    typeof key === 'string' &&
    isSize(moduleBytes) &&
    isSize(memoryBytes) &&
    memoryBytes % WASM_PAGE_BYTES === 0 &&
    Array.isArray(blocks) &&
    blocks.every((block) => Array.isArray(block) && block.length === 2 && block.every(isSize)) &&
    isState(state) &&
    Array.isArray(globals) &&
    globals.length === state.globals.length &&
    globals.every(
      (entry) => Number.isFinite(entry) || (typeof entry === 'string' && /^-?\d{1,20}$/.test(entry)),
    )
  );
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isState(value: unknown): value is StateExports {
  if (typeof value !== 'object' || value === null) return false;
  const { memory, globals, size, refusals, tables }: Partial<Record<string, unknown>> = { ...value };
  const isName = (name: unknown): boolean => name === undefined || typeof name === 'string';
  const areNames = (list: unknown): boolean =>
    Array.isArray(list) && list.every((name) => typeof name === 'string');
  return [memory, size, refusals].every(isName) && areNames(globals) && areNames(tables);
}

/** Undefined unless they lie in the memory in order, and the bytes are all there. */
function blocksOf(bytes: Buffer, { blocks, memoryBytes }: Header): MemoryBlock[] | undefined {
  const found: MemoryBlock[] = [];
  let offset = 0;
  let end = 0;
  for (const [start, length] of blocks) {
    if (start < end) return undefined;
    end = start + length;
    found.push({ start, bytes: bytes.subarray(offset, offset + length) });
    offset += length;
  }
  return end <= memoryBytes && offset === bytes.length ? found : undefined;
}
