import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ImageError, reasonOf } from '../errors.ts';
import type { Program } from './wws-program.ts';

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/** As shells report a process that died of signal N. */
const SIGNAL_EXIT = 128;

/**
 * Runs a program in the foreground on our own stdin, stdout and stderr, passes signals on and waits for it.
 * @returns its exit code
 */
export async function runProgram({ file, args }: Program, extra: readonly string[]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(file, [...args, ...extra], { stdio: 'inherit' });
  child.on('error', reject);
  child.on('exit', (code, signal) => {
    resolve(code ?? SIGNAL_EXIT + (signal === null ? 0 : constants.signals[signal]));
  });

  const forward = (signal: NodeJS.Signals): void => {
    // A terminal sends ^C to the whole process group: a second one would ask the child to drop everything.
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    return await promise;
  } catch (error) {
    throw new ImageError('io', `Cannot start "${file}": ${reasonOf(error)}`, { cause: error });
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}
