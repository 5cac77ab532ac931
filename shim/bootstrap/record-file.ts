import { ShimError } from '../errors.ts';
import type { SandboxRecord } from '../sandbox/sandbox.ts';
import { readBundleFile, removeBundleFile, writeBundleFile } from './bundle-file.ts';

/** Writes what `delete` needs should this shim be killed. */
export function writeRecord(bundle: string, record: SandboxRecord): void {
  writeBundleFile(bundle, 'record', JSON.stringify(record));
}

/** Says that nothing of the container is left to clean up. */
export function removeRecord(bundle: string): void {
  removeBundleFile(bundle, 'record');
}

/**
 * The record another shim process, maybe of another version, has left; undefined when it left none. Only the
 * shape is vouched for here: whether the pid is still that process is for the clean-up to check.
 *
 * @throws ShimError failed-precondition when it cannot be used
 */
export function readRecord(bundle: string): SandboxRecord | undefined {
  const text = readBundleFile(bundle, 'record')?.toString('utf8');
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unusable(bundle, 'it is no JSON', cause);
  }
  if (typeof value !== 'object' || value === null) throw unusable(bundle, 'it is no JSON object');
  const { version, id, pid, startTime, cgroupPaths } = value as Partial<Record<keyof SandboxRecord, unknown>>;
  if (version !== 1) throw unusable(bundle, `version ${JSON.stringify(version)} is unknown`);
  if (typeof id !== 'string') throw unusable(bundle, 'its id is no string');
  // 1 would be the host's init, and what is below addresses process groups.
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 2)
    throw unusable(bundle, 'its pid is none');
  if (typeof startTime !== 'string' || !/^\d+$/.test(startTime))
    throw unusable(bundle, 'its start time is none');
  if (!Array.isArray(cgroupPaths) || !cgroupPaths.every(isCgroupPath)) {
    throw unusable(bundle, 'its cgroups lie outside /sys/fs/cgroup');
  }
  return { version, id, pid, startTime, cgroupPaths };
}

function isCgroupPath(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('/sys/fs/cgroup/') && !value.split('/').includes('..');
}

function unusable(bundle: string, reason: string, cause?: unknown): ShimError {
  return new ShimError('failed-precondition', `Cannot use the state file of "${bundle}": ${reason}`, {
    cause,
  });
}
