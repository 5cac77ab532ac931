import { readdir, rmdir } from 'node:fs/promises';
import path from 'node:path';

const MOUNT = '/sys/fs/cgroup';

/**
 * Cgroups below the cgroup `name` in every hierarchy of this machine (v1, hybrid or v2), children first.
 * `name` itself is left out: it belongs to all containers of a containerd namespace, and stays with them.
 */
export async function cgroupsBelow(name: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const hierarchy of await hierarchies()) found.push(...(await below(path.join(hierarchy, name))));
  return found;
}

/** Removes the cgroup `name` and all below it from every hierarchy; they must hold no process any more. */
export async function removeCgroups(name: string): Promise<void> {
  for (const directory of await cgroupsBelow(name)) await rmdir(directory);
  for (const hierarchy of await hierarchies()) {
    await rmdir(path.join(hierarchy, name)).catch(ignoreMissing);
  }
}

/** On v2 the mount itself; else every controller's folder, a symbolic link such as `cpu` left out. */
async function hierarchies(): Promise<readonly string[]> {
  const entries = await readdir(MOUNT, { withFileTypes: true });
  if (entries.some((entry) => entry.name === 'cgroup.controllers')) return [MOUNT];
  return entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(MOUNT, entry.name));
}

async function below(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    ignoreMissing(error);
    return [];
  });
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const child = path.join(directory, entry.name);
    found.push(...(await below(child)), child);
  }
  return found;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
