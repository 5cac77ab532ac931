import { readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** A dead process leaves its group a moment after it has been reaped. */
const FIRST_PAUSE_MS = 2;
const PATIENCE_MS = 2000;

/**
 * Mode of cgroup directories made by this program. The sticky bit means nothing to cgroups; it tells later
 * which parents, shared by many containers, are ours to remove when the last of them goes.
 */
export const CGROUP_MODE = 0o1755;
const STICKY = 0o1000;

/**
 * Removes directories a sandbox made, deepest first, and those above that a sandbox of this program made, if
 * nobody uses them any more.
 *
 * @throws Error when one of the container's own cannot be removed in time
 */
export async function removeCgroups(directories: readonly string[]): Promise<void> {
  const lowest = directories.filter((one) => !directories.some((other) => other.startsWith(`${one}/`)));
  await Promise.all(
    lowest.map(async (directory) => {
      await removeCgroup(directory, PATIENCE_MS);
      let parent = path.dirname(directory);
      while (directories.includes(parent) || (await isOurs(parent))) {
        await removeCgroup(parent, 0);
        parent = path.dirname(parent);
      }
    }),
  );
}

async function isOurs(directory: string): Promise<boolean> {
  try {
    return ((await stat(directory)).mode & STICKY) !== 0;
  } catch (error) {
    // Another container's clean-up was faster, and goes on above.
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function removeCgroup(directory: string, patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (let pause = FIRST_PAUSE_MS; ; pause *= 2) {
    try {
      await rmdir(directory);
      return;
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return;
      if (!hasCode(error, 'EBUSY') && !hasCode(error, 'ENOTEMPTY')) throw error;
      if (patienceMs === 0) return;
      if (Date.now() >= deadline) {
        throw new Error(`Cannot remove the cgroup "${directory}": it is still in use`, { cause: error });
      }
    }
    await setTimeout(pause);
  }
}

/** Kills every process in a cgroup, and what they may have forked meanwhile. */
export async function killCgroup(directory: string): Promise<void> {
  try {
    await writeFile(path.join(directory, 'cgroup.kill'), '1', { flag: 'r+' });
    return;
  } catch (error) {
    // v1, and v2 before Linux 5.14, have no such file.
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EACCES') && !hasCode(error, 'EPERM')) throw error;
  }
  // Forking is faster than reading a list only for so long: each round leaves fewer to fork.
  for (let round = 0; round < 100; round += 1) {
    const pids = await processesIn(directory);
    if (pids.length === 0) return;
    for (const pid of pids) killQuietly(pid);
    await setTimeout(FIRST_PAUSE_MS);
  }
}

/** Host pids in a cgroup; none when it is gone. */
export async function processesIn(directory: string): Promise<readonly number[]> {
  try {
    const list = await readFile(path.join(directory, 'cgroup.procs'), 'utf8');
    // 0 stands for a process of another pid namespace, and would mean our own group to kill(2).
    return list
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 1);
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENODEV')) return [];
    throw error;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // Gone in the meantime, which is what was wanted.
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
