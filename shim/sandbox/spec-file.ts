import { open } from 'node:fs/promises';
import path from 'node:path';
import { ShimError } from '../errors.ts';
import { jsonErrorPosition } from './json-error.ts';
import { JsonValue } from './json-value.ts';
import { parseSpec, type Spec } from './spec.ts';

/** A spec has some ten kilobytes; whatever is far beyond is a mistake or an attack on our memory. */
const MAX_SPEC_BYTES = 8 * 1024 * 1024;

/**
 * Reads the spec of the container in `bundle`.
 *
 * @throws ShimError invalid-argument that names the file and the place in it
 */
export async function readSpec(bundle: string): Promise<Spec> {
  const file = path.join(bundle, 'config.json');
  const text = await readBounded(file);
  return parseSpec(new JsonValue(`"${file}"`, parseJson(file, text)));
}

async function readBounded(file: string): Promise<string> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size <= MAX_SPEC_BYTES) return await handle.readFile('utf8');
    throw new Error(`it has ${size} bytes, the limit is ${MAX_SPEC_BYTES}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ShimError('invalid-argument', `Cannot read "${file}": ${reason}`, { cause });
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { line, column } = jsonErrorPosition(text);
    const place = `line ${line}, column ${column}`;
    throw new ShimError('invalid-argument', `Cannot read "${file}": invalid JSON at ${place}`, { cause });
  }
}
