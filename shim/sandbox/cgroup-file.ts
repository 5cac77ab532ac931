import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** "No limit", where a message has room for numbers only. */
export const UNLIMITED: bigint = (1n << 64n) - 1n;

/** The text of a cgroup's file; empty when the kernel or the hierarchy has none such. */
export async function readCgroupFile(directory: string | undefined, file: string): Promise<string> {
  if (directory === undefined) return '';
  try {
    return await readFile(path.join(directory, file), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENODEV')) {
      return '';
    }
    throw error;
  }
}

/** A file with one number, `max` being none; 0 when there is nothing to read. */
export function parseNumber(text: string): bigint {
  const word = text.trim();
  return word === 'max' ? UNLIMITED : /^\d+$/.test(word) ? BigInt(word) : 0n;
}

/** Lines of `name value`; what is not there counts 0. */
export function parseFlatKeys(text: string): (name: string) => bigint {
  const values = new Map(text.split('\n').map((line) => line.split(' ') as [string, string | undefined]));
  return (name) => parseNumber(values.get(name) ?? '');
}
