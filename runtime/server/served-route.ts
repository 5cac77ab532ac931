import type { GuestSpec } from '#runtime/worker/guest.ts';
import { WORKER_LIMITS, type WorkerLimitName, type WorkerLimits } from '#runtime/worker-limits.ts';

/** A route as it is shown to people; what a worker does not have is left out. */
export interface ServedRoute {
  /** With the prefix. */
  readonly path: string;
  readonly worker: string;
  /** Why it cannot run. */
  readonly problem?: string;
  readonly folders?: readonly { readonly path: string; readonly writable: boolean }[];
  /** Namespace of its K/V store. */
  readonly kv?: string;
  /** Hosts it may send requests to. */
  readonly hosts?: readonly string[];
  /** Those that are not the defaults. */
  readonly limits?: Partial<WorkerLimits>;
}

export function servedRoute(
  path: string,
  worker: string,
  guest: GuestSpec | { readonly problem: string } | undefined,
): ServedRoute {
  if (guest === undefined) return { path, worker };
  if ('problem' in guest) return { path, worker, problem: guest.problem };
  const folders = guest.folders.map(({ guestPath, writable }) => ({ path: guestPath, writable }));
  const limits = changedLimits(guest);
  const { allowedHosts } = guest.http;
  return {
    path,
    worker,
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
