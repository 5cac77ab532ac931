import { ShimError } from '../errors.ts';
import type { RlimitSpec } from './spec.ts';
import { setResourceLimit } from './sys.ts';
import { failedWith } from './syscall.ts';

/** Numbers of setrlimit(2), alike on both architectures. */
const RESOURCES: Readonly<Record<string, number>> = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
};

const RLIM_INFINITY = (1n << 64n) - 1n;

/** Each wasm memory reserves gigabytes of addresses: a limit on them forbids what it means to bound. */
const NEVER_SET: readonly string[] = ['RLIMIT_AS'];

/**
 * Sets the limits of the process `pid`.
 *
 * @returns those the caller has not the right to set
 * @throws ShimError invalid-argument for a limit there is none of
 */
export function applyRlimits(pid: number, rlimits: readonly RlimitSpec[]): readonly RlimitSpec[] {
  return rlimits.filter(({ type, soft, hard }) => {
    const resource = RESOURCES[type];
    if (resource === undefined)
      throw new ShimError('invalid-argument', `Cannot set "${type}": no such limit`);
    if (NEVER_SET.includes(type)) return false;
    try {
      setResourceLimit(pid, resource, { soft: toLimit(soft), hard: toLimit(hard) });
      return false;
    } catch (error) {
      if (failedWith(error, 'EPERM')) return true;
      throw error;
    }
  });
}

function toLimit(value: number): bigint {
  return value >= 2 ** 64 ? RLIM_INFINITY : BigInt(value);
}
