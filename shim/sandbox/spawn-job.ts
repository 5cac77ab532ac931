import type { AppMount, Entrypoint } from '#runtime/contract.ts';
import type { ShimErrorCode } from '../errors.ts';
import type { AfterDance } from './proc-mount.ts';
import type { RootfsRequest } from './rootfs.ts';
import type { RlimitSpec, Spec } from './spec.ts';

/** What a spawner thread is asked, as plain data. */
export type SpawnerJob = SpawnJob | AttachProcJob;

/** To give birth to a container's process; the thread ends afterwards. */
export interface SpawnJob {
  readonly type: 'spawn';
  readonly spec: Spec;
  readonly rootfs: RootfsRequest;
  readonly runtimeRoot: string;
  /** Arguments of node: its options, then the script as the jail sees it. */
  readonly nodeArguments: readonly string[];
  /** Descriptors of this process that become 0, 1, 2 and the control channel. */
  readonly fds: readonly [stdin: number, stdout: number, stderr: number, control: number];
  /** `tasks` files of cgroup v1 hierarchies: the child is born into these groups. */
  readonly cgroupTasks: readonly string[];
}

/** To mount /proc for a process that is there by now. */
export interface AttachProcJob {
  readonly type: 'attach-proc';
  readonly pid: number;
  readonly scratch: string;
}

export type SpawnerAnswer =
  | { readonly type: 'spawned'; readonly birth: Birth }
  | { readonly type: 'attached'; readonly after: AfterDance }
  | { readonly type: 'failed'; readonly code: ShimErrorCode; readonly message: string };

export interface Birth {
  readonly pid: number;
  readonly entrypoint: Entrypoint;
  readonly mounts: readonly AppMount[];
  /** Limits the thread had no right to set. */
  readonly rlimits: readonly RlimitSpec[];
  readonly warnings: readonly string[];
}
