import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode } from './errno.ts';
import { formatBytes } from './limits.ts';
import { ModuleError } from './module-error.ts';

export interface ReadOptions {
  /** The file as messages call it. */
  readonly name: string;
  /** Bytes it may have; by default any number. */
  readonly size?: number;
  /** What its bytes must hash to, hexadecimal in small letters. */
  readonly sha256?: string;
}

/**
 * Reads a file that somebody else may have made. A fifo or device in its place is not waited for.
 *
 * @throws ModuleError naming the file and the reason
 */
export async function readRegularFile(file: string, { name, size, sha256 }: ReadOptions): Promise<Buffer> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) throw cannotRead(name, 'not a regular file');
    if (size !== undefined && stat.size > size)
      throw cannotRead(name, `it is larger than the limit of ${formatBytes(size)}`);
    const bytes = await handle.readFile();
    if (sha256 === undefined) return bytes;
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== sha256) throw cannotRead(name, `its SHA-256 is ${found}, and must be ${sha256}`);
    return bytes;
  } catch (error) {
    if (error instanceof ModuleError) throw error;
    throw cannotRead(name, errorCode(error) === 'ENOENT' ? 'no such file' : String(error), error);
  }
}

function cannotRead(name: string, reason: string, cause?: unknown): ModuleError {
  return new ModuleError('unreadable', `Cannot read "${name}": ${reason}`, { cause });
}
