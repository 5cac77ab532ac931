import type { ResourcesSpec } from './spec-resources.ts';

/** A file of a cgroup and what to write into it. */
export interface CgroupSetting {
  /** The v1 controller it belongs to; of no matter on v2. */
  readonly controller: string;
  readonly file: string;
  readonly value: string;
  /** Not every kernel has it: go on without. */
  readonly optional?: boolean;
}

/** Settings of cgroup v1 in an order in which each is valid. */
export function limitsV1({ memory, cpu, pids }: ResourcesSpec): readonly CgroupSetting[] {
  const settings: CgroupSetting[] = [];
  const set = (controller: string, name: string, value: number | undefined, optional = false): void => {
    if (value === undefined) return;
    settings.push({ controller, file: `${controller}.${name}`, value: String(BigInt(value)), optional });
  };
  set('memory', 'limit_in_bytes', positive(memory.limit));
  set('memory', 'memsw.limit_in_bytes', positive(memory.swap), true);
  set('memory', 'soft_limit_in_bytes', positive(memory.reservation));
  set('cpu', 'shares', positive(cpu.shares));
  set('cpu', 'cfs_period_us', positive(cpu.period));
  set('cpu', 'cfs_quota_us', positive(cpu.quota));
  if (pids.limit !== undefined && pids.limit !== 0) {
    settings.push({ controller: 'pids', file: 'pids.max', value: orMax(pids.limit) });
  }
  if (cpu.cpus !== '') settings.push({ controller: 'cpuset', file: 'cpuset.cpus', value: cpu.cpus });
  if (cpu.mems !== '') settings.push({ controller: 'cpuset', file: 'cpuset.mems', value: cpu.mems });
  return settings;
}

/** The same for cgroup v2, where a few quantities are counted in other ways. */
export function limitsV2({ memory, cpu, pids, unified }: ResourcesSpec): readonly CgroupSetting[] {
  const settings: CgroupSetting[] = [];
  const set = (file: string, value: string | undefined, optional = false): void => {
    if (value !== undefined) settings.push({ controller: '', file, value, optional });
  };
  set('memory.max', orUndefined(memory.limit, orMax));
  set('memory.low', orUndefined(memory.reservation, orMax));
  set('memory.swap.max', swapMax(memory), true);
  set('cpu.weight', cpu.shares ? String(weight(cpu.shares)) : undefined);
  set('cpu.max', cpuMax(cpu));
  set('pids.max', pids.limit ? orMax(pids.limit) : undefined);
  if (cpu.cpus !== '') set('cpuset.cpus', cpu.cpus);
  if (cpu.mems !== '') set('cpuset.mems', cpu.mems);
  for (const [file, value] of Object.entries(unified)) set(file, value);
  return settings;
}

/** 0 means "not said" in specs made by Go programs. */
function positive(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

function orUndefined(value: number | undefined, show: (value: number) => string): string | undefined {
  return value === undefined || value === 0 ? undefined : show(value);
}

function orMax(value: number): string {
  return value < 0 ? 'max' : String(BigInt(value));
}

/** v1 limits memory and swap together, v2 each alone. */
function swapMax({ limit, swap }: ResourcesSpec['memory']): string | undefined {
  if (swap === undefined || swap === 0) return undefined;
  if (swap < 0) return 'max';
  if (limit === undefined || limit <= 0) return undefined;
  return String(BigInt(swap) - BigInt(limit));
}

/** CPU shares of 2 to 262144 as a weight of 1 to 10000, by the linear rule all runtimes use. */
function weight(shares: number): number {
  const bounded = Math.min(Math.max(shares, 2), 262_144);
  return 1 + Math.floor(((bounded - 2) * 9999) / 262_142);
}

function cpuMax({ quota, period }: ResourcesSpec['cpu']): string | undefined {
  if (!quota && !period) return undefined;
  return `${quota === undefined || quota <= 0 ? 'max' : quota} ${period || 100_000}`;
}
