import type { Input } from '#proto/codec.ts';
import type { Status } from '#proto/gen/google.rpc.ts';
import { ShimError, type ShimErrorCode } from '../errors.ts';

/** The gRPC status code of each error of ours; the only place where the two meet. */
const CODES: Readonly<Record<ShimErrorCode, number>> = {
  cancelled: 1,
  unknown: 2,
  'invalid-argument': 3,
  'deadline-exceeded': 4,
  'not-found': 5,
  'already-exists': 6,
  'resource-exhausted': 8,
  'failed-precondition': 9,
  unimplemented: 12,
  unavailable: 14,
};

/** What a client is told about an error; one that is not ours is UNKNOWN with its text. */
export function toStatus(error: unknown): Input<Status> {
  if (error instanceof ShimError) return { code: CODES[error.code], message: error.message };
  return { code: CODES.unknown, message: error instanceof Error ? error.message : String(error) };
}

/** The error a server's status stands for; a code we do not use becomes `unknown`. */
export function fromStatus({ code, message }: Status): ShimError {
  const known = Object.entries(CODES).find(([, number]) => number === code)?.[0] ?? 'unknown';
  return new ShimError(known as ShimErrorCode, message);
}
