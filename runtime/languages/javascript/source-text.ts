import path from 'node:path';
import { TextDecoder } from 'node:util';
import { eraseTypes } from './erase-types.ts';

/** @throws Error when `bytes` are no UTF-8; a byte order mark is left out */
export function decodeSource(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('it is not UTF-8', { cause });
  }
}

/**
 * The module `name`, whose file holds `text`, as the engine takes it: with the same lines and columns, but for JSON.
 *
 * @throws TypeScriptError
 * @throws Error saying what is wrong with JSON
 */
export function sourceText(name: string, text: string): string {
  switch (path.posix.extname(name)) {
    case '.json':
      return jsonModule(text);
    case '.ts':
    case '.mts':
      return eraseTypes(text);
    default:
      return text;
  }
}

/** As a string literal: written as an expression, `__proto__` would be no key. */
function jsonModule(text: string): string {
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new Error(`it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return `export default JSON.parse(${JSON.stringify(text)});`;
}
