import { close, constants, open } from 'node:fs';
import { promisify } from 'node:util';
import { ShimError } from '../errors.ts';
import type { StdioPaths } from './sandbox.ts';
import { reasonOf } from './syscall.ts';

const openFile = promisify(open);
const closeFile = promisify(close);

/** Descriptors for a container's process, until it has them. */
export interface Stdio extends AsyncDisposable {
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  /**
   * Closes all but the keeper of stdin: who reads the container's output gets end-of-file when the last writer
   * is gone, and that must be the container.
   */
  handOver(): Promise<void>;
  /** Lets end-of-file through to the container once the client has closed its end as well. */
  closeStdin(): void;
}

/**
 * Opens what the client names: a fifo each, or nothing for an empty path. Outputs are opened for reading too:
 * while the client is away (a daemon's restart) nothing breaks, and the open never blocks. Of stdin one writing
 * end is kept open, so that a client that detaches does not end it.
 *
 * @throws ShimError not-found, unimplemented or unknown, with the path
 */
export async function openStdio(paths: StdioPaths): Promise<Stdio> {
  const fds: number[] = [];
  let keeper: number | undefined;
  const closeKeeper = (): void => {
    if (keeper === undefined) return;
    const fd = keeper;
    keeper = undefined;
    // A pipe's end has nothing to flush: there is no failure to hear of.
    close(fd, () => undefined);
  };
  const closeAll = async (): Promise<void> => {
    await Promise.all(fds.splice(0).map((fd) => closeFile(fd)));
  };
  const add = async (name: string, path: string, flags: number): Promise<number> => {
    const fd = await openPath(name, path, flags);
    fds.push(fd);
    return fd;
  };
  try {
    const both = constants.O_RDWR | constants.O_NONBLOCK;
    const stdin = await add('stdin', paths.stdin, constants.O_RDONLY | constants.O_NONBLOCK);
    if (paths.stdin !== '') {
      keeper = await openPath('stdin', paths.stdin, constants.O_WRONLY | constants.O_NONBLOCK);
    }
    const stdout = await add('stdout', paths.stdout, both);
    // A terminal has one output.
    const stderrPath = paths.stderr === '' && paths.terminal ? paths.stdout : paths.stderr;
    const stderr = await add('stderr', stderrPath, both);
    return {
      stdin,
      stdout,
      stderr,
      handOver: closeAll,
      closeStdin: closeKeeper,
      [Symbol.asyncDispose]: async () => {
        closeKeeper();
        await closeAll();
      },
    };
  } catch (error) {
    closeKeeper();
    await closeAll();
    throw error;
  }
}

async function openPath(name: string, path: string, flags: number): Promise<number> {
  const scheme = /^([a-z0-9+-]+):\/\//i.exec(path)?.[1];
  if (scheme !== undefined && scheme !== 'fifo') {
    const what = `Cannot connect ${name} to "${path}": only fifos are supported, not "${scheme}://"`;
    throw new ShimError('unimplemented', what);
  }
  const file = path === '' ? '/dev/null' : path.replace(/^fifo:\/\//, '');
  try {
    return await openFile(file, flags);
  } catch (cause) {
    const gone = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const reason = gone ? 'no such file or directory' : reasonOf(cause);
    throw new ShimError(gone ? 'not-found' : 'unknown', `Cannot open ${name} "${file}": ${reason}`, {
      cause,
    });
  }
}
