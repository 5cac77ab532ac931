/** What went wrong, fine enough for the hint of `exit-codes.ts`. */
export type ImageErrorCode =
  /** The command line asks for something that makes no sense. */
  | 'usage'
  /** The app directory holds something an image cannot. */
  | 'app-invalid'
  /** A file that is no image archive at all. */
  | 'not-an-image'
  /** The image is sound but not one for this runtime. */
  | 'wrong-platform'
  | 'not-found'
  /** A file cannot be read or written. */
  | 'io'
  | 'engine-missing'
  | 'engine-denied'
  | 'engine-foreign'
  | 'engine-failed'
  /** Bytes that do not match their digest, size or format. */
  | 'corrupt'
  /** An image that tries to reach outside itself or to exhaust the machine. */
  | 'unsafe'
  | 'interrupted';

/** The one error of wasm-image: a code for scripts, a message for the person. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;

  constructor(code: ImageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The reason in an unknown thrown value, for the end of a message. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error, e.g. `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
