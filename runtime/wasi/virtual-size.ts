import { BinaryReader, encodeUnsigned } from './binary.ts';
import { MEMORY_GROW } from './scan-code.ts';

/**
 * A memory never becomes smaller, and its size is state like any other: allocators lay out their heap by it. So
 * that an instance can be restored whose memory has grown, a module is made to keep the size itself, in a global
 * that can be put back: `memory.size` becomes `global.get`, and `memory.grow` a call of a function that takes
 * pages the memory already has, before it grows it.
 *
 * The one difference a guest could see is that an access between this size and the real one does not trap. It
 * finds zeroes there.
 */
export interface VirtualSize {
  /** Of the memory, in pages. */
  readonly minimum: number;
  readonly maximum: number;
  /** Indices of what is to be added: the globals, the function, and the function's type. */
  readonly global: number;
  readonly refusals: number;
  readonly growFunction: number;
  readonly growType: number;
}

/** `(func (param i32) (result i32))` */
export const GROW_TYPE: Uint8Array = Uint8Array.of(0x60, 1, 0x7f, 1, 0x7f);

const I32 = 0x7f;
const END = 0x0b;
const BLOCK_EMPTY = 0x40;

const op = {
  if: 0x04,
  return: 0x0f,
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  constant: 0x41,
  equal: 0x46,
  greaterUnsigned: 0x4b,
  add: 0x6a,
  subtract: 0x6b,
} as const;

/** The mutable globals that hold the size, and how often growth was refused, as the global section has them. */
export function sizeGlobals({ minimum }: VirtualSize): readonly Uint8Array[] {
  return [minimum, 0].map((value) => Uint8Array.of(I32, 1, op.constant, ...encodeSigned(value), END));
}

/** Which `memory.grow` becomes a call of, as the code section has it. */
export function growFunction({ maximum, global, refusals }: VirtualSize): Uint8Array {
  const size = encodeUnsigned(global);
  const refused = encodeUnsigned(refusals);
  const delta = [op.localGet, 0];
  const wanted = [op.localGet, 1];
  const count = [op.globalGet, ...refused, op.constant, 1, op.add, op.globalSet, ...refused];
  const refuse = [op.if, BLOCK_EMPTY, ...count, op.constant, 0x7f, op.return, END];
  const body = [
    ...[1, 1, I32],
    // More than there is room for: the difference cannot overflow, the sum could.
    ...[...delta, op.constant, ...encodeSigned(maximum), op.globalGet, ...size, op.subtract],
    ...[op.greaterUnsigned, ...refuse],
    ...[...delta, op.globalGet, ...size, op.add, op.localSet, 1],
    ...[...wanted, op.memorySize, 0, op.greaterUnsigned, op.if, BLOCK_EMPTY],
    ...[...wanted, op.memorySize, 0, op.subtract, op.memoryGrow, 0, op.constant, 0x7f, op.equal],
    ...[...refuse, END],
    // The size before, below the one that is set.
    ...[op.globalGet, ...size, ...wanted, op.globalSet, ...size, END],
  ];
  return Uint8Array.from([...encodeUnsigned(body.length), ...body]);
}

/**
 * A function's code with its instructions at `sizes` (offsets in `code`) replaced; without its length, as `code`
 * has to be.
 */
export function withVirtualSize(
  code: Uint8Array,
  sizes: readonly number[],
  virtual: VirtualSize,
): Uint8Array {
  const parts: Uint8Array[] = [];
  const reader = new BinaryReader(code);
  let from = 0;
  for (const at of sizes) {
    const isGrow = code[at] === MEMORY_GROW;
    parts.push(
      code.subarray(from, at),
      isGrow
        ? Uint8Array.of(op.call, ...encodeUnsigned(virtual.growFunction))
        : Uint8Array.of(op.globalGet, ...encodeUnsigned(virtual.global)),
    );
    reader.at = at + 1;
    reader.skipNumber();
    from = reader.at;
  }
  parts.push(code.subarray(from));
  return Buffer.concat(parts);
}

/** A number from 0 to 2^31 - 1 as signed LEB128 (core spec 5.2.2). */
function encodeSigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x40) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
}
