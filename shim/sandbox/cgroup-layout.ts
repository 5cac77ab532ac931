import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A mounted cgroup v1 hierarchy. */
export interface Hierarchy {
  readonly mount: string;
  readonly controllers: readonly string[];
}

/** How this host has its cgroups: v1 (maybe with an empty v2 beside it) or v2 alone. */
export type CgroupLayout =
  | { readonly version: 1; readonly hierarchies: readonly Hierarchy[] }
  | { readonly version: 2; readonly mount: string };

/** Hierarchies of v1 a container is put into: those that limit, count or freeze. */
const USED = ['memory', 'cpu', 'cpuacct', 'pids', 'blkio', 'freezer', 'cpuset', 'name=systemd'];

/** Reads the mount table of this process; undefined when no cgroups are mounted. */
export function readCgroupLayout(): CgroupLayout | undefined {
  return parseCgroupLayout(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Lines of proc_pid_mountinfo(5): `… <mount point> … - <type> <source> <super options>`. */
export function parseCgroupLayout(mountTable: string): CgroupLayout | undefined {
  const hierarchies: Hierarchy[] = [];
  let unified: string | undefined;
  for (const line of mountTable.split('\n')) {
    const [left, right] = line.split(' - ');
    const mount = left?.split(' ')[4];
    const [type, , options] = right?.split(' ') ?? [];
    if (mount === undefined) continue;
    if (type === 'cgroup2') unified ??= mount;
    if (type !== 'cgroup') continue;
    const controllers = (options ?? '').split(',').filter((option) => USED.includes(option));
    // A bind of the same hierarchy elsewhere is the same hierarchy.
    const known = hierarchies.some((other) => other.controllers.join() === controllers.join());
    if (controllers.length > 0 && !known) hierarchies.push({ mount, controllers });
  }
  if (hierarchies.some(({ controllers }) => controllers.includes('memory') || controllers.includes('pids'))) {
    return { version: 1, hierarchies };
  }
  return unified === undefined ? undefined : { version: 2, mount: unified };
}

/**
 * The directory, below each hierarchy's mount, that `linux.cgroupsPath` means: a path, or in systemd's form
 * `slice:prefix:name`, which names a scope inside a slice.
 */
export function cgroupDirectory(cgroupsPath: string, fallback: string): string {
  const parts = cgroupsPath.split(':');
  const [slice = '', prefix = '', name = ''] = parts;
  if (parts.length === 3) {
    const scope = name.endsWith('.slice') ? name : `${prefix === '' ? '' : `${prefix}-`}${name}.scope`;
    return path.posix.join('/', expandSlice(slice === '' ? 'system.slice' : slice), scope);
  }
  return path.posix.normalize(`/${cgroupsPath === '' ? fallback : cgroupsPath}`);
}

/** `a-b.slice` lies in `a.slice`; `-.slice` is the root. */
function expandSlice(slice: string): string {
  const words = slice
    .replace(/\.slice$/, '')
    .split('-')
    .filter(Boolean);
  return words.map((_, index) => `${words.slice(0, index + 1).join('-')}.slice`).join('/');
}
