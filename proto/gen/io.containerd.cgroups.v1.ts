export interface Metrics {
  readonly hugetlb: readonly HugetlbStat[];
  readonly pids?: PidsStat;
  readonly cpu?: CPUStat;
  readonly memory?: MemoryStat;
  readonly blkio?: BlkIOStat;
  readonly memoryOomControl?: MemoryOomControl;
}

export interface HugetlbStat {
  readonly usage: bigint;
  readonly max: bigint;
  readonly failcnt: bigint;
  readonly pagesize: string;
}

export interface PidsStat {
  readonly current: bigint;
  readonly limit: bigint;
}

export interface CPUStat {
  readonly usage?: CPUUsage;
  readonly throttling?: Throttle;
}

export interface CPUUsage {
  readonly total: bigint;
  readonly kernel: bigint;
  readonly user: bigint;
  readonly perCpu: readonly bigint[];
}

export interface Throttle {
  readonly periods: bigint;
  readonly throttledPeriods: bigint;
  readonly throttledTime: bigint;
}

export interface MemoryStat {
  readonly cache: bigint;
  readonly rss: bigint;
  readonly rssHuge: bigint;
  readonly mappedFile: bigint;
  readonly dirty: bigint;
  readonly writeback: bigint;
  readonly pgPgIn: bigint;
  readonly pgPgOut: bigint;
  readonly pgFault: bigint;
  readonly pgMajFault: bigint;
  readonly inactiveAnon: bigint;
  readonly activeAnon: bigint;
  readonly inactiveFile: bigint;
  readonly activeFile: bigint;
  readonly unevictable: bigint;
  readonly hierarchicalMemoryLimit: bigint;
  readonly hierarchicalSwapLimit: bigint;
  readonly totalCache: bigint;
  readonly totalRss: bigint;
  readonly totalRssHuge: bigint;
  readonly totalMappedFile: bigint;
  readonly totalDirty: bigint;
  readonly totalWriteback: bigint;
  readonly totalPgPgIn: bigint;
  readonly totalPgPgOut: bigint;
  readonly totalPgFault: bigint;
  readonly totalPgMajFault: bigint;
  readonly totalInactiveAnon: bigint;
  readonly totalActiveAnon: bigint;
  readonly totalInactiveFile: bigint;
  readonly totalActiveFile: bigint;
  readonly totalUnevictable: bigint;
  readonly usage?: MemoryEntry;
  readonly swap?: MemoryEntry;
  readonly kernel?: MemoryEntry;
  readonly kernelTcp?: MemoryEntry;
}

export interface MemoryEntry {
  readonly limit: bigint;
  readonly usage: bigint;
  readonly max: bigint;
  readonly failcnt: bigint;
}

export interface MemoryOomControl {
  readonly oomKillDisable: bigint;
  readonly underOom: bigint;
  readonly oomKill: bigint;
}

export interface BlkIOStat {
  readonly ioServiceBytesRecursive: readonly BlkIOEntry[];
  readonly ioServicedRecursive: readonly BlkIOEntry[];
}

export interface BlkIOEntry {
  readonly op: string;
  readonly device: string;
  readonly major: bigint;
  readonly minor: bigint;
  readonly value: bigint;
}
