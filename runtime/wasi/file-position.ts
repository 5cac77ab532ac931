import { WasiError } from './errno.ts';

/** Room for one transfer behind the position, so that Node's calls see a safe integer throughout. */
const LARGEST = BigInt(Number.MAX_SAFE_INTEGER) - (1n << 32n);

/**
 * A file size or position: unsigned 64 bits in preview1, signed in the kernel, and a number for Node, which
 * takes an unsafe one for "none given". Beyond that is `inval`.
 */
export function filePosition(value: bigint): number {
  if (value < 0n || value > LARGEST) throw new WasiError('inval');
  return Number(value);
}
