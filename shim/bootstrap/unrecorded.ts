import path from 'node:path';
import { cgroupDirectory, readCgroupLayout } from '../sandbox/cgroup-layout.ts';
import { removeCgroups } from '../sandbox/cgroup-remove.ts';
import { readSpec } from '../sandbox/spec-file.ts';

/** The container of a server that was killed before it could record anything. */
export interface UnrecordedContainer {
  readonly id: string;
  readonly containerdNamespace: string;
  readonly bundle: string;
}

/**
 * Removes the cgroups such a container may have got. They are only told from the spec, which may name those
 * of another container, so nothing in them is killed: a runtime that nobody has started ends by itself when
 * its server does.
 */
export async function removeUnrecordedCgroups(container: UnrecordedContainer): Promise<void> {
  const spec = readSpec(container.bundle);
  const layout = readCgroupLayout();
  const name = cgroupDirectory(spec.linux.cgroupsPath, `${container.containerdNamespace}/${container.id}`);
  if (layout === undefined || name === '/') return;
  const mounts = layout.version === 1 ? layout.hierarchies.map(({ mount }) => mount) : [layout.mount];
  await removeCgroups(mounts.map((mount) => path.join(mount, name)));
}
