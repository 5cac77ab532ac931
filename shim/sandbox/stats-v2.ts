import type { IOEntry, MemoryStat, Metrics, PSIData, PSIStats } from '#proto/gen/io.containerd.cgroups.v2.ts';
import type { Cgroup } from './cgroup.ts';
import { parseFlatKeys, parseNumber, readCgroupFile } from './cgroup-file.ts';

const FILES = [
  ...['pids.current', 'pids.max', 'cpu.stat', 'cpu.pressure', 'memory.stat', 'memory.current', 'memory.max'],
  ...['memory.peak', 'memory.swap.current', 'memory.swap.max', 'memory.swap.peak', 'memory.pressure'],
  ...['memory.events', 'io.stat', 'io.pressure'],
];

export async function readStatsV2(cgroup: Cgroup): Promise<Metrics> {
  const texts = await Promise.all(FILES.map((file) => readCgroupFile(cgroup.directory(''), file)));
  const text = (file: string): string => texts[FILES.indexOf(file)] ?? '';
  const cpu = parseFlatKeys(text('cpu.stat'));
  const events = parseFlatKeys(text('memory.events'));
  return {
    pids: { current: parseNumber(text('pids.current')), limit: parseNumber(text('pids.max')) },
    cpu: {
      usageUsec: cpu('usage_usec'),
      userUsec: cpu('user_usec'),
      systemUsec: cpu('system_usec'),
      nrPeriods: cpu('nr_periods'),
      nrThrottled: cpu('nr_throttled'),
      throttledUsec: cpu('throttled_usec'),
      nrBursts: cpu('nr_bursts'),
      burstUsec: cpu('burst_usec'),
      ...pressure(text('cpu.pressure')),
    },
    memory: memoryStat(text),
    io: { usage: ioEntries(text('io.stat')), ...pressure(text('io.pressure')) },
    hugetlb: [],
    memoryEvents: {
      low: events('low'),
      high: events('high'),
      max: events('max'),
      oom: events('oom'),
      oomKill: events('oom_kill'),
      oomGroupKill: events('oom_group_kill'),
    },
  };
}

function memoryStat(text: (file: string) => string): MemoryStat {
  const of = parseFlatKeys(text('memory.stat'));
  return {
    anon: of('anon'),
    file: of('file'),
    kernelStack: of('kernel_stack'),
    slab: of('slab'),
    sock: of('sock'),
    shmem: of('shmem'),
    fileMapped: of('file_mapped'),
    fileDirty: of('file_dirty'),
    fileWriteback: of('file_writeback'),
    anonThp: of('anon_thp'),
    inactiveAnon: of('inactive_anon'),
    activeAnon: of('active_anon'),
    inactiveFile: of('inactive_file'),
    activeFile: of('active_file'),
    unevictable: of('unevictable'),
    slabReclaimable: of('slab_reclaimable'),
    slabUnreclaimable: of('slab_unreclaimable'),
    pgfault: of('pgfault'),
    pgmajfault: of('pgmajfault'),
    // Split by kind of page since Linux 5.9.
    workingsetRefault: of('workingset_refault_anon') + of('workingset_refault_file'),
    workingsetActivate: of('workingset_activate_anon') + of('workingset_activate_file'),
    workingsetNodereclaim: of('workingset_nodereclaim'),
    pgrefill: of('pgrefill'),
    pgscan: of('pgscan'),
    pgsteal: of('pgsteal'),
    pgactivate: of('pgactivate'),
    pgdeactivate: of('pgdeactivate'),
    pglazyfree: of('pglazyfree'),
    pglazyfreed: of('pglazyfreed'),
    thpFaultAlloc: of('thp_fault_alloc'),
    thpCollapseAlloc: of('thp_collapse_alloc'),
    usage: parseNumber(text('memory.current')),
    usageLimit: parseNumber(text('memory.max')),
    swapUsage: parseNumber(text('memory.swap.current')),
    swapLimit: parseNumber(text('memory.swap.max')),
    maxUsage: parseNumber(text('memory.peak')),
    swapMaxUsage: parseNumber(text('memory.swap.peak')),
    ...pressure(text('memory.pressure')),
  };
}

/** Lines of `major:minor rbytes=… wbytes=… …`. */
function ioEntries(text: string): readonly IOEntry[] {
  return [...text.matchAll(/^(\d+):(\d+) (.*)$/gm)].map(([, major, minor, rest]) => {
    const of = parseFlatKeys((rest ?? '').replaceAll(' ', '\n').replaceAll('=', ' '));
    return {
      major: BigInt(major ?? 0),
      minor: BigInt(minor ?? 0),
      rbytes: of('rbytes'),
      wbytes: of('wbytes'),
      rios: of('rios'),
      wios: of('wios'),
    };
  });
}

/** Lines of `some avg10=… avg60=… avg300=… total=…` and `full …`; kernels without them have no such file. */
function pressure(text: string): { readonly psi?: PSIStats } {
  const line = (kind: string): PSIData | undefined => {
    const found = new RegExp(`^${kind} avg10=(\\S+) avg60=(\\S+) avg300=(\\S+) total=(\\d+)$`, 'm').exec(
      text,
    );
    if (!found) return undefined;
    const [avg10 = 0, avg60 = 0, avg300 = 0] = found.slice(1, 4).map(Number);
    return { avg10, avg60, avg300, total: BigInt(found[4] ?? 0) };
  };
  const [some, full] = [line('some'), line('full')];
  return some || full ? { psi: { ...(some && { some }), ...(full && { full }) } } : {};
}
