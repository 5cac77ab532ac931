import { ImageError } from '../errors.ts';

/** Well below PATH_MAX, so that the directory it is unpacked to has room in front. */
const MAX_PATH = 2048;
/** NAME_MAX, in bytes. */
const MAX_NAME = 255;

/** What a decoder puts where bytes are no UTF-8: two different names may look alike afterwards. */
const REPLACEMENT = '\ufffd';

/**
 * Turns the name of a layer's entry into a path that stays inside the root whatever it is joined to: relative, without
 * `.`, `..` and empty parts. The root itself is the empty path.
 * @throws {ImageError} `unsafe` for everything that tries to be elsewhere
 */
export function guardedPath(name: string): string {
  const problem = problemOf(name);
  if (problem !== undefined) {
    throw new ImageError('unsafe', `Cannot unpack the entry ${JSON.stringify(shortened(name))}: ${problem}`);
  }
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function problemOf(name: string): string | undefined {
  if (name === '') return 'its name is empty';
  if (name.length > MAX_PATH) return `its name is longer than ${MAX_PATH} characters`;
  if (name.startsWith('/')) return 'its name is absolute';
  if (name.split('/').includes('..')) return 'its name leads outside';
  if (name.split('/').some((part) => Buffer.byteLength(part) > MAX_NAME)) {
    return `a part of its name is longer than ${MAX_NAME} bytes`;
  }
  if (name.includes('\0')) return 'its name has a NUL';
  if (name.includes(REPLACEMENT)) return 'its name is not UTF-8';
  return undefined;
}

function shortened(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name;
}
