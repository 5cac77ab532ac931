import { WasiError } from './errno.ts';

/** What the kernel takes for a size or position: unsigned 64 bits in preview1, but signed there. */
const LARGEST = (1n << 63n) - 1n;

/** Node takes an unsafe integer for "none given"; there is room for one transfer behind this. */
const LARGEST_FOR_NODE = BigInt(Number.MAX_SAFE_INTEGER) - (1n << 32n);

/** A size or position as the kernel takes it; beyond is `inval`. */
export function kernelPosition(value: bigint): bigint {
  if (value < 0n || value > LARGEST) throw new WasiError('inval');
  return value;
}

/** A size or position for Node's calls; undefined for one that no file reaches. Beyond the kernel's is `inval`. */
export function filePosition(value: bigint): number | undefined {
  return kernelPosition(value) > LARGEST_FOR_NODE ? undefined : Number(value);
}

/** A size or position up to which a file is to be extended; one that no file reaches is `fbig`. */
export function extendedPosition(value: bigint): number {
  const position = filePosition(value);
  if (position === undefined) throw new WasiError('fbig');
  return position;
}
