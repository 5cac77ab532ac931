import type { Address, Box } from './engine-exports.ts';
import { MemoryImage } from './memory-image.ts';

/** The prelude's functions that the host calls, as boxes in the guest's memory. */
export interface PreludeFunctions {
  readonly prepare: Box;
  readonly adopt: Box;
  readonly handle: Box;
  readonly settle: Box;
  readonly describe: Box;
}

export interface Range {
  readonly start: Address;
  readonly end: Address;
}

/** An engine with the prelude evaluated and no worker yet: where every worker starts from. */
export interface PreludeImage {
  readonly memory: MemoryImage;
  readonly functions: PreludeFunctions;
  /** Where static data begins in the engine's memory. */
  readonly dataStart: Address;
  /** Texts of the modules that are loaded only into workers that import them, by the engine's names. */
  readonly library: ReadonlyMap<string, string>;
  /** What the engine has drawn at random: zeroes here, to be drawn anew in each process. */
  readonly entropy: readonly Range[];
}

/**
 * The image file, of an engine and what it looks like once it has evaluated the prelude:
 *
 * ```
 * u32           length of the header, little-endian
 * header        JSON, see `Header`
 * engine        the module, without a bound for its memory
 * segments      bytes of each, one behind the other
 * ```
 */
interface Header {
  readonly format: number;
  readonly engineBytes: number;
  readonly memoryBytes: number;
  /** `[start, end]` in memory, and true for those that are zeroes and have no bytes in the file. */
  readonly segments: readonly (readonly [start: Address, end: Address, isZero: boolean])[];
  readonly functions: PreludeFunctions;
  readonly dataStart: Address;
  readonly entropy: readonly Range[];
  readonly library: readonly (readonly [name: string, text: string])[];
}

const FORMAT = 3;
const LENGTH_BYTES = 4;

export interface ImageFile {
  readonly engine: Uint8Array;
  readonly image: PreludeImage;
}

export function encodeImageFile({ engine, image }: ImageFile): Uint8Array {
  const { memory, functions, dataStart, entropy, library } = image;
  const header: Header = {
    format: FORMAT,
    engineBytes: engine.length,
    memoryBytes: memory.length,
    segments: memory.segments.map(({ start, end, bytes }) => [start, end, bytes === undefined]),
    functions,
    dataStart,
    entropy,
    library: [...library],
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, engine, ...memory.segments.flatMap(({ bytes }) => bytes ?? [])]);
}

/**
 * Reads an image file; the result's bytes are views of `file`.
 *
 * @throws Error when the file is of another build or incomplete
 */
export function decodeImageFile(file: Buffer): ImageFile {
  const headerEnd = LENGTH_BYTES + file.readUInt32LE();
  const header = JSON.parse(file.toString('utf8', LENGTH_BYTES, headerEnd)) as Header;
  if (header.format !== FORMAT) throw new Error(`its format is ${header.format}, expected ${FORMAT}`);
  let offset = headerEnd;
  const take = (length: number): Uint8Array => {
    offset += length;
    if (offset > file.length) throw new Error(`it ends at ${file.length} bytes, expected more`);
    return file.subarray(offset - length, offset);
  };
  const engine = take(header.engineBytes);
  const segments = header.segments.map(([start, end, isZero]) =>
    isZero ? { start, end } : { start, end, bytes: take(end - start) },
  );
  const { functions, dataStart, entropy } = header;
  const memory = MemoryImage.of(header.memoryBytes, segments);
  return { engine, image: { memory, functions, dataStart, entropy, library: new Map(header.library) } };
}
