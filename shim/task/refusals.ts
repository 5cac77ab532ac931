import { ShimError } from '../errors.ts';
import type { Container } from './container.ts';

/** Linux knows signals up to 64; 0 asks only whether the process lives. */
const HIGHEST_SIGNAL = 64;

/** @throws ShimError not-found when a process other than the container's own is asked for */
export function refuseExec(id: string, execId: string): void {
  if (execId === '') return;
  throw new ShimError(
    'not-found',
    `Cannot find process "${execId}" of container "${id}": process does not exist`,
  );
}

/** @throws ShimError invalid-argument when there is no such signal */
export function signalNumber(signal: number): number {
  if (signal <= HIGHEST_SIGNAL) return signal;
  throw new ShimError('invalid-argument', `Cannot send signal ${signal}: signals end at ${HIGHEST_SIGNAL}`);
}

/** Refuses what this runtime cannot do to a container, and says what to do instead where there is something. */
export function unsupported(container: Container, action: string, advice?: string): never {
  const reason = advice === undefined ? 'the wws runtime does not support it' : `not supported, ${advice}`;
  throw new ShimError('unimplemented', `Cannot ${action} container "${container.id}": ${reason}`);
}
