import type { Metrics as MetricsV1 } from '#proto/gen/io.containerd.cgroups.v1.ts';
import type { Metrics as MetricsV2 } from '#proto/gen/io.containerd.cgroups.v2.ts';
import type { Cgroup } from './cgroup.ts';
import { readStatsV1 } from './stats-v1.ts';
import { readStatsV2 } from './stats-v2.ts';

/** Figures of a container's cgroup, in the message of the hierarchy they come from. */
export type ContainerStats =
  | { readonly version: 1; readonly metrics: MetricsV1 }
  | { readonly version: 2; readonly metrics: MetricsV2 };

/** Reads what `docker stats`, kubelet and metrics collectors ask for, once a second or so. */
export async function readStats(cgroup: Cgroup): Promise<ContainerStats> {
  return cgroup.version === 1
    ? { version: 1, metrics: await readStatsV1(cgroup) }
    : { version: 2, metrics: await readStatsV2(cgroup) };
}
