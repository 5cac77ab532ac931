import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ShimError } from '../errors.ts';
import { jsonErrorPosition } from '../sandbox/json-error.ts';

/** A spec has some ten kilobytes; whatever is far beyond is a mistake or an attack on our memory. */
export const MAX_CONFIG_BYTES: number = 8 * 1024 * 1024;

/** The part of an OCI runtime spec that decides which shim a container belongs to. */
export interface ContainerConfig {
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/**
 * Reads `config.json` of a bundle (OCI runtime-spec bundle.md), or nothing where a client made none.
 *
 * @throws ShimError invalid-argument that names the file and what is wrong with it
 */
export function readConfig(bundle: string): ContainerConfig | undefined {
  const file = path.join(bundle, 'config.json');
  const text = readBounded(file);
  if (text === undefined) return undefined;
  const config = parse(file, text);
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    throw new ShimError('invalid-argument', `Cannot read "${file}": expected a JSON object`);
  }
  if ('annotations' in config && typeof config.annotations === 'object' && config.annotations !== null) {
    return { annotations: { ...config.annotations } };
  }
  return {};
}

function readBounded(file: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw unreadable(file, cause);
  }
  try {
    const { size } = fstatSync(fd);
    if (size > MAX_CONFIG_BYTES) {
      throw new ShimError(
        'invalid-argument',
        `Cannot read "${file}": it has ${size} bytes, the limit is ${MAX_CONFIG_BYTES}`,
      );
    }
    return readFileSync(fd, 'utf8');
  } catch (cause) {
    throw cause instanceof ShimError ? cause : unreadable(file, cause);
  } finally {
    closeSync(fd);
  }
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { line, column } = jsonErrorPosition(text);
    throw new ShimError(
      'invalid-argument',
      `Cannot read "${file}": invalid JSON at line ${line}, column ${column}`,
      {
        cause,
      },
    );
  }
}

function unreadable(file: string, cause: unknown): ShimError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ShimError('invalid-argument', `Cannot read "${file}": ${reason}`, { cause });
}
