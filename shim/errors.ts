/** What went wrong, in the words of the gRPC status codes a task client understands. */
export type ShimErrorCode =
  | 'invalid-argument'
  | 'not-found'
  | 'already-exists'
  | 'failed-precondition'
  | 'resource-exhausted'
  | 'unimplemented'
  | 'unavailable'
  | 'cancelled'
  | 'deadline-exceeded'
  | 'unknown';

/** The shim's one error: a code for the client's program, a message for the person. */
export class ShimError extends Error {
  override readonly name = 'ShimError';
  readonly code: ShimErrorCode;

  constructor(code: ShimErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
