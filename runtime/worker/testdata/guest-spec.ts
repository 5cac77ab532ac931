import path from 'node:path';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import type { GuestSpec } from '#runtime/worker/guest.ts';
import { workerLimits } from '#runtime/worker-limits.ts';

/** A worker with nothing but its file, and `parts` on top. */
export function guestSpec(parts: Partial<GuestSpec> & Pick<GuestSpec, 'file'>): GuestSpec {
  return {
    language: 'wasm',
    name: path.basename(parts.file),
    root: path.dirname(parts.file),
    vars: {},
    folders: [],
    limits: workerLimits(),
    http: NO_REQUESTS,
    binaryBodies: false,
    kv: undefined,
    ...parts,
  };
}
