export interface Metrics {
  readonly pids?: PidsStat;
  readonly cpu?: CPUStat;
  readonly memory?: MemoryStat;
  readonly io?: IOStat;
  readonly hugetlb: readonly HugeTlbStat[];
  readonly memoryEvents?: MemoryEvents;
}

export interface PidsStat {
  readonly current: bigint;
  readonly limit: bigint;
}

export interface CPUStat {
  readonly usageUsec: bigint;
  readonly userUsec: bigint;
  readonly systemUsec: bigint;
  readonly nrPeriods: bigint;
  readonly nrThrottled: bigint;
  readonly throttledUsec: bigint;
  readonly psi?: PSIStats;
  readonly nrBursts: bigint;
  readonly burstUsec: bigint;
}

export interface PSIStats {
  readonly some?: PSIData;
  readonly full?: PSIData;
}

export interface PSIData {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly total: bigint;
}

export interface MemoryStat {
  readonly anon: bigint;
  readonly file: bigint;
  readonly kernelStack: bigint;
  readonly slab: bigint;
  readonly sock: bigint;
  readonly shmem: bigint;
  readonly fileMapped: bigint;
  readonly fileDirty: bigint;
  readonly fileWriteback: bigint;
  readonly anonThp: bigint;
  readonly inactiveAnon: bigint;
  readonly activeAnon: bigint;
  readonly inactiveFile: bigint;
  readonly activeFile: bigint;
  readonly unevictable: bigint;
  readonly slabReclaimable: bigint;
  readonly slabUnreclaimable: bigint;
  readonly pgfault: bigint;
  readonly pgmajfault: bigint;
  readonly workingsetRefault: bigint;
  readonly workingsetActivate: bigint;
  readonly workingsetNodereclaim: bigint;
  readonly pgrefill: bigint;
  readonly pgscan: bigint;
  readonly pgsteal: bigint;
  readonly pgactivate: bigint;
  readonly pgdeactivate: bigint;
  readonly pglazyfree: bigint;
  readonly pglazyfreed: bigint;
  readonly thpFaultAlloc: bigint;
  readonly thpCollapseAlloc: bigint;
  readonly usage: bigint;
  readonly usageLimit: bigint;
  readonly swapUsage: bigint;
  readonly swapLimit: bigint;
  readonly maxUsage: bigint;
  readonly swapMaxUsage: bigint;
  readonly psi?: PSIStats;
}

export interface IOStat {
  readonly usage: readonly IOEntry[];
  readonly psi?: PSIStats;
}

export interface IOEntry {
  readonly major: bigint;
  readonly minor: bigint;
  readonly rbytes: bigint;
  readonly wbytes: bigint;
  readonly rios: bigint;
  readonly wios: bigint;
}

export interface HugeTlbStat {
  readonly current: bigint;
  readonly max: bigint;
  readonly pagesize: string;
  readonly failcnt: bigint;
}

export interface MemoryEvents {
  readonly low: bigint;
  readonly high: bigint;
  readonly max: bigint;
  readonly oom: bigint;
  readonly oomKill: bigint;
  readonly oomGroupKill: bigint;
}
