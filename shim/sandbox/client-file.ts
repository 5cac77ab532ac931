import { constants, open } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ShimError } from '../errors.ts';
import { reasonOf } from './syscall.ts';

const openFile = promisify(open);

/** As a client names one of a container's standard streams in Create. */
export type StreamName = 'stdin' | 'stdout' | 'stderr';

/**
 * Opens a fifo for one of a container's streams, or /dev/null for an empty path. `flags` must be such that the
 * open cannot block.
 *
 * @throws ShimError not-found, unimplemented or unknown, with the path
 */
export async function openClientFile(name: StreamName, given: string, flags: number): Promise<number> {
  const scheme = schemeOf(given);
  if (scheme !== undefined && scheme !== 'fifo') throw unsupported(name, given);
  const file = given === '' ? '/dev/null' : given.replace(/^fifo:\/\//i, '');
  return attempt(name, file, async () => openFile(file, flags));
}

/**
 * Opens where an output goes: a fifo, nothing for an empty path, or with `file://` a file that is added to
 * and made when it is missing, with its folders. Fifos are opened for reading too: while the client is away
 * (a daemon's restart) nothing breaks, and the open never blocks.
 *
 * @throws ShimError not-found, unimplemented or unknown, with the path
 */
export async function openOutput(name: StreamName, given: string): Promise<number> {
  if (schemeOf(given) !== 'file') {
    return openClientFile(name, given, constants.O_RDWR | constants.O_NONBLOCK);
  }
  return attempt(name, given, async () => {
    const file = fileURLToPath(given);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
    return openFile(file, flags, 0o644);
  });
}

function schemeOf(given: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(given)?.[1]?.toLowerCase();
}

function unsupported(name: StreamName, given: string): ShimError {
  const what = name === 'stdin' ? 'a fifo' : 'a fifo or a file ("file://…")';
  return new ShimError('unimplemented', `Cannot connect ${name} to "${given}": only ${what} is supported`);
}

async function attempt(name: StreamName, file: string, opening: () => Promise<number>): Promise<number> {
  try {
    return await opening();
  } catch (cause) {
    const gone = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const reason = gone ? 'no such file or directory' : reasonOf(cause);
    throw new ShimError(gone ? 'not-found' : 'unknown', `Cannot open ${name} "${file}": ${reason}`, {
      cause,
    });
  }
}
