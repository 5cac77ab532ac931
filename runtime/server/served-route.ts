import type { GuestSpec } from '#runtime/worker/guest.ts';
import { WORKER_LIMITS, type WorkerLimitName, type WorkerLimits } from '#runtime/worker-limits.ts';

/** A worker that is served, and all it was given; or why it has no part in anything. */
export interface ServedWorker {
  /** Path below the project's root. */
  readonly name: string;
  /** Its route, with the prefix. */
  readonly path: string;
  readonly guest: GuestSpec | { readonly problem: string };
}

/** A route as it is shown to people; what a worker does not have is left out. */
export interface ServedRoute {
  /** With the prefix. */
  readonly path: string;
  readonly worker: string;
  /** Why it cannot run. */
  readonly problem?: string;
  /** Name and version of the interpreter, where its language was installed. */
  readonly language?: string;
  readonly folders?: readonly { readonly path: string; readonly writable: boolean }[];
  /** Namespace of its K/V store. */
  readonly kv?: string;
  /** Hosts it may send requests to. */
  readonly hosts?: readonly string[];
  /** Those that are not the defaults. */
  readonly limits?: Partial<WorkerLimits>;
}

export function servedRoute({ name: worker, path, guest }: ServedWorker): ServedRoute {
  if ('problem' in guest) return { path, worker, problem: guest.problem };
  const folders = guest.folders.map(({ guestPath, writable }) => ({ path: guestPath, writable }));
  const limits = changedLimits(guest);
  const { allowedHosts } = guest.http;
  const { interpreter } = guest;
  return {
    path,
    worker,
    ...(interpreter === undefined ? {} : { language: `${interpreter.name} ${interpreter.version}` }),
    ...(folders.length === 0 ? {} : { folders }),
    ...(guest.kv === undefined ? {} : { kv: guest.kv.namespace }),
    ...(allowedHosts.length === 0 ? {} : { hosts: allowedHosts }),
    ...(limits === undefined ? {} : { limits }),
  };
}

function changedLimits({ limits }: GuestSpec): Partial<WorkerLimits> | undefined {
  const changed = Object.entries(limits).filter(
    ([name, value]) => WORKER_LIMITS[name as WorkerLimitName].default !== value,
  );
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}
