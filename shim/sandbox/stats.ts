import type { Metrics as MetricsV1 } from '#proto/gen/io.containerd.cgroups.v1.ts';
import type { Metrics as MetricsV2 } from '#proto/gen/io.containerd.cgroups.v2.ts';

/** Figures of a container's cgroup, in the message of the hierarchy they come from. */
export type ContainerStats =
  | { readonly version: 1; readonly metrics: MetricsV1 }
  | { readonly version: 2; readonly metrics: MetricsV2 };
