import type { BlkIOEntry, MemoryEntry, MemoryStat, Metrics } from '#proto/gen/io.containerd.cgroups.v1.ts';
import type { Cgroup } from './cgroup.ts';
import { parseFlatKeys, parseNumber, readCgroupFile } from './cgroup-file.ts';

/** User and kernel time of cpuacct.stat come in these. */
const NANOSECONDS_PER_TICK = 10_000_000n;

export async function readStatsV1(cgroup: Cgroup): Promise<Metrics> {
  const read = (controller: string, file: string): Promise<string> =>
    readCgroupFile(cgroup.directory(controller), `${controller}.${file}`);
  const entry = async (prefix: string): Promise<MemoryEntry> => {
    const [limit, usage, max, failcnt] = await Promise.all(
      ['limit_in_bytes', 'usage_in_bytes', 'max_usage_in_bytes', 'failcnt'].map(async (file) =>
        parseNumber(await read('memory', `${prefix}${file}`)),
      ),
    );
    return { limit: limit ?? 0n, usage: usage ?? 0n, max: max ?? 0n, failcnt: failcnt ?? 0n };
  };
  const [pidsCurrent, pidsMax, total, perCpu, times, throttling, memory, oom, bytes, operations] =
    await Promise.all([
      read('pids', 'current'),
      read('pids', 'max'),
      read('cpuacct', 'usage'),
      read('cpuacct', 'usage_percpu'),
      read('cpuacct', 'stat'),
      read('cpu', 'stat'),
      read('memory', 'stat'),
      read('memory', 'oom_control'),
      read('blkio', 'throttle.io_service_bytes_recursive'),
      read('blkio', 'throttle.io_serviced_recursive'),
    ]);
  const [usage, swap, kernel, kernelTcp] = await Promise.all(['', 'memsw.', 'kmem.', 'kmem.tcp.'].map(entry));
  const time = parseFlatKeys(times);
  const throttled = parseFlatKeys(throttling);
  const oomControl = parseFlatKeys(oom);
  const limit = parseNumber(pidsMax);
  return {
    hugetlb: [],
    // Here 0 is how "no limit" is written.
    pids: { current: parseNumber(pidsCurrent), limit: pidsMax.trim() === 'max' ? 0n : limit },
    cpu: {
      usage: {
        total: parseNumber(total),
        user: time('user') * NANOSECONDS_PER_TICK,
        kernel: time('system') * NANOSECONDS_PER_TICK,
        perCpu: perCpu.trim().split(/\s+/).filter(Boolean).map(BigInt),
      },
      throttling: {
        periods: throttled('nr_periods'),
        throttledPeriods: throttled('nr_throttled'),
        throttledTime: throttled('throttled_time'),
      },
    },
    memory: {
      ...memoryStat(memory),
      ...(usage && { usage }),
      ...(swap && { swap }),
      ...(kernel && { kernel }),
      ...(kernelTcp && { kernelTcp }),
    },
    blkio: { ioServiceBytesRecursive: blockEntries(bytes), ioServicedRecursive: blockEntries(operations) },
    memoryOomControl: {
      oomKillDisable: oomControl('oom_kill_disable'),
      underOom: oomControl('under_oom'),
      oomKill: oomControl('oom_kill'),
    },
  };
}

function memoryStat(text: string): MemoryStat {
  const of = parseFlatKeys(text);
  return {
    cache: of('cache'),
    rss: of('rss'),
    rssHuge: of('rss_huge'),
    mappedFile: of('mapped_file'),
    dirty: of('dirty'),
    writeback: of('writeback'),
    pgPgIn: of('pgpgin'),
    pgPgOut: of('pgpgout'),
    pgFault: of('pgfault'),
    pgMajFault: of('pgmajfault'),
    inactiveAnon: of('inactive_anon'),
    activeAnon: of('active_anon'),
    inactiveFile: of('inactive_file'),
    activeFile: of('active_file'),
    unevictable: of('unevictable'),
    hierarchicalMemoryLimit: of('hierarchical_memory_limit'),
    hierarchicalSwapLimit: of('hierarchical_memsw_limit'),
    totalCache: of('total_cache'),
    totalRss: of('total_rss'),
    totalRssHuge: of('total_rss_huge'),
    totalMappedFile: of('total_mapped_file'),
    totalDirty: of('total_dirty'),
    totalWriteback: of('total_writeback'),
    totalPgPgIn: of('total_pgpgin'),
    totalPgPgOut: of('total_pgpgout'),
    totalPgFault: of('total_pgfault'),
    totalPgMajFault: of('total_pgmajfault'),
    totalInactiveAnon: of('total_inactive_anon'),
    totalActiveAnon: of('total_active_anon'),
    totalInactiveFile: of('total_inactive_file'),
    totalActiveFile: of('total_active_file'),
    totalUnevictable: of('total_unevictable'),
  };
}

/** Lines of `major:minor Operation value`. */
function blockEntries(text: string): readonly BlkIOEntry[] {
  return [...text.matchAll(/^(\d+):(\d+) (\w+) (\d+)$/gm)].map(([, major, minor, op, value]) => ({
    op: op ?? '',
    device: '',
    major: BigInt(major ?? 0),
    minor: BigInt(minor ?? 0),
    value: BigInt(value ?? 0),
  }));
}
