import { WasiError } from './errno.ts';
import type { GuestMemory } from './memory-view.ts';
import type { Preview1 } from './preview1.ts';

/** `wasi_snapshot_preview1.clockid`. */
export const Clock = { realtime: 0, monotonic: 1, processCpu: 2, threadCpu: 3 } as const;

const NANOSECONDS_PER_MICROSECOND = 1_000n;
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/**
 * Clocks of one guest. Its CPU clocks count its own thread from the first time it reads one, which costs nothing
 * for those that never do: other guests' work is no news.
 */
export class Clocks {
  #cpuAtStart: bigint | undefined;

  /** Sets the CPU clocks back to 0. */
  restart(): void {
    this.#cpuAtStart = undefined;
  }

  /** Nanoseconds. */
  now(clock: number): bigint {
    switch (clock) {
      case Clock.realtime:
        return BigInt(Date.now()) * NANOSECONDS_PER_MILLISECOND;
      case Clock.monotonic:
        return process.hrtime.bigint();
      case Clock.processCpu:
      case Clock.threadCpu:
        return this.#cpu();
      default:
        throw new WasiError('inval');
    }
  }

  #cpu(): bigint {
    const now = cpuTime();
    this.#cpuAtStart ??= now;
    return now - this.#cpuAtStart;
  }

  /** Nanoseconds between two readings that can differ. */
  resolution(clock: number): bigint {
    switch (clock) {
      case Clock.realtime:
        return NANOSECONDS_PER_MILLISECOND;
      case Clock.monotonic:
        return 1n;
      case Clock.processCpu:
      case Clock.threadCpu:
        return NANOSECONDS_PER_MICROSECOND;
      default:
        throw new WasiError('inval');
    }
  }
}

function cpuTime(): bigint {
  const { user, system } = process.threadCpuUsage();
  return BigInt(user + system) * NANOSECONDS_PER_MICROSECOND;
}

export function clockFunctions(
  memory: GuestMemory,
  clocks: Clocks,
): Pick<Preview1, 'clock_res_get' | 'clock_time_get'> {
  return {
    clock_res_get: (clock, result) => memory.setU64(result, clocks.resolution(clock)),
    clock_time_get: (clock, _precision, result) => memory.setU64(result, clocks.now(clock)),
  };
}
