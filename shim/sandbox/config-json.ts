import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ShimError } from '../errors.ts';
import { jsonErrorPosition } from './json-error.ts';

/**
 * A spec has some ten kilobytes. What may be long in it, arguments and environment, ends at 2 MiB where a
 * kernel has to exec it; four times that leaves room, and whatever is beyond is a mistake or an attack on our
 * memory.
 */
export const MAX_CONFIG_BYTES: number = 8 * 1024 * 1024;

/** Path of a bundle's spec (OCI runtime-spec bundle.md). */
export function configPath(bundle: string): string {
  return path.join(bundle, 'config.json');
}

/**
 * Reads `config.json` of a bundle; undefined where there is none. It lies on containerd's tmpfs: hence the
 * synchronous calls.
 *
 * @throws ShimError invalid-argument that names the file, and the place in it
 */
export function readConfigJson(bundle: string): { readonly value: unknown } | undefined {
  const file = configPath(bundle);
  const text = readBounded(file);
  if (text === undefined) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch (cause) {
    const { line, column } = jsonErrorPosition(text);
    throw unreadable(file, `invalid JSON at line ${line}, column ${column}`, cause);
  }
}

function readBounded(file: string): string | undefined {
  let fd: number | undefined;
  try {
    // A fifo in its place must not block the shim.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw unreadable(file, 'it is no regular file');
    if (stat.size > MAX_CONFIG_BYTES) {
      throw unreadable(file, `it has ${stat.size} bytes, the limit is ${MAX_CONFIG_BYTES}`);
    }
    return readFileSync(fd, 'utf8');
  } catch (cause) {
    if (cause instanceof ShimError) throw cause;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw unreadable(file, cause instanceof Error ? cause.message : String(cause), cause);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function unreadable(file: string, reason: string, cause?: unknown): ShimError {
  return new ShimError('invalid-argument', `Cannot read "${file}": ${reason}`, { cause });
}
