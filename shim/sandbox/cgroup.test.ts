import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cgroup } from './cgroup.ts';
import { makeCgroup } from './cgroup.ts';
import { cgroupDirectory, parseCgroupLayout } from './cgroup-layout.ts';
import { limitsV1, limitsV2 } from './cgroup-limits.ts';
import { JsonValue } from './json-value.ts';
import { parseSpec } from './spec.ts';
import { parseResources } from './spec-resources.ts';
import { readStats } from './stats.ts';

const resources = (value: unknown): ReturnType<typeof parseResources> =>
  parseResources(new JsonValue('config.json', value, 'linux.resources'));

describe('parseCgroupLayout()', () => {
  it('finds the hierarchies of v1, also beside an empty v2', () => {
    const table = [
      '30 29 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro',
      '31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct',
      '32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
      '33 30 0:29 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd',
      '34 30 0:30 / /sys/fs/cgroup/rdma rw - cgroup cgroup rw,rdma',
      '35 30 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
      '36 1 0:28 / /elsewhere/memory rw - cgroup cgroup rw,memory',
    ].join('\n');
    expect(parseCgroupLayout(table)).toEqual({
      version: 1,
      hierarchies: [
        { mount: '/sys/fs/cgroup/cpu,cpuacct', controllers: ['cpu', 'cpuacct'] },
        { mount: '/sys/fs/cgroup/memory', controllers: ['memory'] },
        { mount: '/sys/fs/cgroup/systemd', controllers: ['name=systemd'] },
      ],
    });
  });

  it('finds v2 alone, and nothing where nothing is', () => {
    expect(parseCgroupLayout('30 29 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw')).toEqual({
      version: 2,
      mount: '/sys/fs/cgroup',
    });
    expect(parseCgroupLayout('30 29 0:26 / / rw - ext4 /dev/vda rw')).toBeUndefined();
  });
});

describe('cgroupDirectory()', () => {
  it.each([
    ['/docker/abc', '/docker/abc'],
    ['docker/abc', '/docker/abc'],
    ['', '/ns/id'],
    ['/a/../../b', '/b'],
    ['system.slice:docker:abc', '/system.slice/docker-abc.scope'],
    [':docker:abc', '/system.slice/docker-abc.scope'],
    ['-.slice:cri:abc', '/cri-abc.scope'],
    [
      'kubepods-burstable-pod1_2.slice:cri-containerd:abc',
      '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-abc.scope',
    ],
  ])('takes %j for %s', (given, directory) => {
    expect(cgroupDirectory(given, 'ns/id')).toBe(directory);
  });
});

describe('limits', () => {
  const docker = resources({
    memory: { limit: 134217728, swap: 268435456, reservation: 67108864 },
    cpu: { shares: 512, quota: 50000, period: 100000, cpus: '0-1' },
    pids: { limit: 100 },
    unified: { 'memory.high': '120000000' },
  });

  it('are written in the words of v1', () => {
    expect(limitsV1(docker).map(({ file, value }) => `${file}=${value}`)).toEqual([
      'memory.limit_in_bytes=134217728',
      'memory.memsw.limit_in_bytes=268435456',
      'memory.soft_limit_in_bytes=67108864',
      'cpu.shares=512',
      'cpu.cfs_period_us=100000',
      'cpu.cfs_quota_us=50000',
      'pids.max=100',
      'cpuset.cpus=0-1',
    ]);
  });

  it('are written in the words of v2', () => {
    expect(limitsV2(docker).map(({ file, value }) => `${file}=${value}`)).toEqual([
      'memory.max=134217728',
      'memory.low=67108864',
      'memory.swap.max=134217728',
      'cpu.weight=20',
      'cpu.max=50000 100000',
      'pids.max=100',
      'cpuset.cpus=0-1',
      'memory.high=120000000',
    ]);
  });

  it('are left alone where the spec says none, and lifted where it says unlimited', () => {
    expect(limitsV1(resources({}))).toEqual([]);
    expect(limitsV2(resources({ memory: { limit: 0 }, pids: { limit: 0 } }))).toEqual([]);
    const unlimited = resources({ memory: { limit: -1, swap: -1 }, pids: { limit: -1 }, cpu: { quota: -1 } });
    expect(limitsV2(unlimited).map(({ value }) => value)).toEqual(['max', 'max', 'max 100000', 'max']);
    expect(limitsV1(unlimited).map(({ value }) => value)).toEqual(['-1', '-1', '-1', 'max']);
  });
});

describe('makeCgroup()', () => {
  it('limits, kills and removes, parents of its own making included', async () => {
    const name = `/wws-test-${process.pid}/a/b`;
    const { linux } = parseSpec(
      new JsonValue('config.json', {
        process: { args: ['.'] },
        linux: { cgroupsPath: name, resources: { memory: { limit: 64 * 1024 * 1024 }, pids: { limit: 50 } } },
      }),
    );
    const cgroup = await makeCgroup({ linux, fallback: 'x/y', warn: () => undefined });
    if (!cgroup) throw new Error('this test wants cgroups');
    const directory = cgroup.directory('pids') ?? '';
    expect((await readFile(path.join(directory, 'pids.max'), 'utf8')).trim()).toBe('50');
    const child = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    await writeFile(path.join(directory, 'cgroup.procs'), String(child.pid));
    expect(await cgroup.pids()).toEqual([child.pid]);
    const { metrics } = await readStats(cgroup);
    expect(metrics.pids).toEqual({ current: 1n, limit: 50n });
    const exit = once(child, 'exit');
    await cgroup.kill();
    expect(await exit).toEqual([null, 'SIGKILL']);
    await cgroup.remove();
    expect(existsSync(directory)).toBe(false);
    expect(existsSync(path.dirname(path.dirname(directory)))).toBe(false);
  });
});

describe('readStats()', () => {
  it('reads the files of v2 into its message', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'cgroup-'));
    const files: Readonly<Record<string, string>> = {
      'pids.current': '3\n',
      'pids.max': 'max\n',
      'cpu.stat':
        'usage_usec 500\nuser_usec 300\nsystem_usec 200\nnr_periods 4\nnr_throttled 1\nthrottled_usec 9\n',
      'cpu.pressure':
        'some avg10=0.50 avg60=0.25 avg300=0.00 total=1234\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n',
      'memory.stat':
        'anon 100\nfile 50\ninactive_file 20\nworkingset_refault_anon 1\nworkingset_refault_file 2\n',
      'memory.current': '4096\n',
      'memory.max': '8192\n',
      'memory.events': 'low 0\nhigh 0\nmax 2\noom 1\noom_kill 1\n',
      'io.stat': '8:0 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n',
    };
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(directory, file), text);
    const cgroup = { version: 2, directory: () => directory } as unknown as Cgroup;
    const { metrics } = await readStats(cgroup);
    expect(metrics).toMatchObject({
      pids: { current: 3n, limit: (1n << 64n) - 1n },
      cpu: {
        usageUsec: 500n,
        throttledUsec: 9n,
        psi: { some: { avg10: 0.5, avg60: 0.25, total: 1234n }, full: { total: 5n } },
      },
      memory: { anon: 100n, inactiveFile: 20n, workingsetRefault: 3n, usage: 4096n, usageLimit: 8192n },
      memoryEvents: { max: 2n, oomKill: 1n },
      io: { usage: [{ major: 8n, minor: 0n, rbytes: 10n, wbytes: 20n, rios: 1n, wios: 2n }] },
    });
    await rm(directory, { recursive: true });
  });

  it('reads the files of v1 into its message', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'cgroup-'));
    const files: Readonly<Record<string, string>> = {
      'pids.current': '3\n',
      'pids.max': 'max\n',
      'cpuacct.usage': '5000\n',
      'cpuacct.usage_percpu': '2000 3000 \n',
      'cpuacct.stat': 'user 2\nsystem 1\n',
      'memory.stat': 'cache 7\nrss 9\ntotal_inactive_file 3\nhierarchical_memory_limit 100\n',
      'memory.usage_in_bytes': '20\n',
      'memory.limit_in_bytes': '100\n',
      'blkio.throttle.io_service_bytes_recursive': '8:0 Read 5\n8:0 Write 6\nTotal 11\n',
    };
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(directory, file), text);
    const cgroup = { version: 1, directory: () => directory } as unknown as Cgroup;
    const { metrics } = await readStats(cgroup);
    expect(metrics).toMatchObject({
      pids: { current: 3n, limit: 0n },
      cpu: { usage: { total: 5000n, perCpu: [2000n, 3000n], user: 20_000_000n, kernel: 10_000_000n } },
      memory: { cache: 7n, rss: 9n, totalInactiveFile: 3n, usage: { usage: 20n, limit: 100n } },
      blkio: {
        ioServiceBytesRecursive: [
          { op: 'Read', major: 8n, value: 5n },
          { op: 'Write', value: 6n },
        ],
      },
    });
    await rm(directory, { recursive: true });
  });
});
