import { ShimError } from '../errors.ts';

/**
 * The words for a container that cannot be made. A client up to containerd 1.7 adds the name of the code to
 * them: "…: no such file or directory: invalid argument" would send its reader looking for an argument.
 * UNKNOWN is what runc answers to all of these, so everybody knows that one, and containerd 2 adds nothing.
 */
export function cannotMake(cause: unknown): unknown {
  if (!(cause instanceof ShimError)) return cause;
  const blamesRequest = ['invalid-argument', 'not-found', 'failed-precondition'].includes(cause.code);
  return blamesRequest ? new ShimError('unknown', cause.message, { cause }) : cause;
}
