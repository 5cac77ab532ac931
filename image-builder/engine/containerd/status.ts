import { status } from '@grpc/grpc-js';
import { ImageError, type ImageErrorCode } from '../../errors.ts';

/** The gRPC status code in an error, `undefined` for any other error. */
export function statusOf(error: unknown): number | undefined {
  const isStatus = error instanceof Error && 'details' in error && 'code' in error;
  return isStatus && typeof error.code === 'number' ? error.code : undefined;
}

/** Answers no containerd gives: the socket is there, and something else is behind it. */
const foreign: ReadonlyMap<number, string> = new Map([
  [status.UNAVAILABLE, 'it does not speak gRPC'],
  [status.UNIMPLEMENTED, 'it has no such service'],
  [status.DEADLINE_EXCEEDED, 'it does not answer'],
]);

/**
 * Says for a person what a failed call means; errors that are no gRPC status pass as they are.
 * @param path `/service/Method`
 */
export function engineError(error: unknown, path: string, address: string): unknown {
  const code = statusOf(error);
  if (code === undefined || !(error instanceof Error) || !('details' in error)) return error;
  const strange = foreign.get(code);
  if (strange !== undefined) {
    const message = `Cannot use "${address}" as containerd: ${strange} (${path}: ${error.details})`;
    return new ImageError('engine-foreign', message, { cause: error });
  }
  const denied = code === status.PERMISSION_DENIED || code === status.UNAUTHENTICATED;
  const kind: ImageErrorCode = denied ? 'engine-denied' : 'engine-failed';
  const message = `Cannot load the image: containerd answers "${error.details}" to ${path}`;
  return new ImageError(kind, message, { cause: error });
}
