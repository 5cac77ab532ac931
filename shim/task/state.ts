import { ShimError } from '../errors.ts';
import type { Exit } from '../sandbox/sandbox.ts';

/**
 * The life of a container's process. Each transition below takes exactly the states it can start from:
 *
 * ```
 * CREATED ──started()──▶ RUNNING ──exited()──▶ STOPPED ──deleted()──▶ DELETED
 *    └──────────────────────exited()─────────────▲
 * ```
 */
export type ContainerState = Created | Running | Stopped | Deleted;

export interface Created {
  readonly status: 'CREATED';
}

export interface Running {
  readonly status: 'RUNNING';
}

export interface Stopped {
  readonly status: 'STOPPED';
  readonly exit: Exit;
}

/** Nothing is left of it; containerd no longer knows it. */
export interface Deleted {
  readonly status: 'DELETED';
  readonly exit: Exit;
}

export const CREATED: Created = { status: 'CREATED' };

export function started(_state: Created): Running {
  return { status: 'RUNNING' };
}

export function exited(_state: Created | Running, exit: Exit): Stopped {
  return { status: 'STOPPED', exit };
}

export function deleted(state: Stopped): Deleted {
  return { status: 'DELETED', exit: state.exit };
}

/** Why Start does not exist for a container that is not just created. */
export function cannotStart(id: string, state: Running | Stopped | Deleted): ShimError {
  if (state.status === 'DELETED') return notCreated(id);
  const reason =
    state.status === 'RUNNING'
      ? 'it is running already'
      : `its process has exited already, with status ${state.exit.status}`;
  return new ShimError('failed-precondition', `Cannot start container "${id}": ${reason}`);
}

/** Why Delete does not exist for a container that runs or is gone. */
export function cannotDelete(id: string, state: Running | Deleted): ShimError {
  if (state.status === 'DELETED') return notCreated(id);
  return new ShimError(
    'failed-precondition',
    `Cannot delete container "${id}": cannot delete a running process`,
  );
}

/** Kill of a dead process; Docker and the CRI look for this code and take it as done. */
export function alreadyFinished(id: string): ShimError {
  return new ShimError('not-found', `Cannot kill container "${id}": process already finished`);
}

export function notCreated(id: string): ShimError {
  return new ShimError('not-found', `Cannot find container "${id}": container not created`);
}
