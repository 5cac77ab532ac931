import { ImageError } from '../errors.ts';
import { type Digest, Digester } from './digest.ts';

export interface Expectation {
  readonly digest: Digest;
  /** Bytes, where the size is known as well. */
  readonly size?: number | undefined;
  /** What it is, for the message: `layer 2`. */
  readonly what: string;
}

/**
 * Passes `source` on and fails at its end, or as soon as it is too long, if it is not what was promised. What was read
 * before the end is unverified: use it only where it can be thrown away.
 */
export async function* verified(
  source: AsyncIterable<Uint8Array>,
  { digest, size, what }: Expectation,
): AsyncGenerator<Uint8Array, void, undefined> {
  const digester = new Digester();
  for await (const chunk of source) {
    digester.update(chunk);
    if (size !== undefined && digester.size > size) throw wrong(what, `it is longer than ${size} bytes`);
    yield chunk;
  }
  if (size !== undefined && digester.size !== size) {
    throw wrong(what, `it has ${digester.size} bytes in place of ${size}`);
  }
  const found = digester.digest();
  if (found !== digest) throw wrong(what, `its digest is ${found} in place of ${digest}`);
}

function wrong(what: string, why: string): ImageError {
  return new ImageError('corrupt', `Cannot use ${what}: ${why}`);
}
