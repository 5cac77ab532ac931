import { setTimeout } from 'node:timers/promises';
import { killCgroup, removeCgroups } from './cgroup-remove.ts';
import { readProcessStat } from './process-stat.ts';
import type { Exit, SandboxRecord } from './sandbox.ts';

const POLL_MS = 2;
const PATIENCE_MS = 2000;

/**
 * Ends what a shim that is gone has left of a container: its process, if it still is that process, and its
 * cgroups. Its mounts and namespaces end with the process. May run at any time and again.
 *
 * @returns how it ended if it had to be killed here; undefined if it was gone before
 */
export async function cleanUpSandbox(record: SandboxRecord): Promise<Exit | undefined> {
  const wasRunning = await isRunning(record);
  if (wasRunning) killIfThere(record.pid);
  for (const directory of record.cgroupPaths) {
    // What was made on the way to the container's own group may hold other containers.
    const above = record.cgroupPaths.some((other) => other.startsWith(`${directory}/`));
    if (!above) await killCgroup(directory);
  }
  const deadline = Date.now() + PATIENCE_MS;
  while (await isRunning(record)) {
    if (Date.now() > deadline) {
      throw new Error(`Cannot end the process ${record.pid} of container "${record.id}": it does not die`);
    }
    await setTimeout(POLL_MS);
  }
  await removeCgroups(record.cgroupPaths);
  return wasRunning ? { status: 137, at: new Date() } : undefined;
}

/** The pid alone proves nothing: it may be another process by now. */
async function isRunning({ pid, startTime }: SandboxRecord): Promise<boolean> {
  const stat = await readProcessStat(pid);
  return stat !== undefined && stat.startTime === startTime && stat.state !== 'Z' && stat.state !== 'X';
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
