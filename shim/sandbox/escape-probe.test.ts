import { readlinkSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Box } from './jail.fixture.ts';
import { hostSyscalls } from './syscall-numbers.ts';

/** System calls by which one gets out of a container, or learns of what is outside. */
const FORBIDDEN = [
  ...[
    'mount',
    'umount2',
    'pivot_root',
    'chroot',
    'open_tree',
    'move_mount',
    'fsopen',
    'fsmount',
    'mount_setattr',
  ],
  ...[
    'unshare',
    'setns',
    'ptrace',
    'process_vm_readv',
    'process_vm_writev',
    'process_madvise',
    'kcmp',
    'kill',
  ],
  ...[
    'tkill',
    'rt_sigqueueinfo',
    'pidfd_open',
    'pidfd_getfd',
    'pidfd_send_signal',
    'setuid',
    'setresuid',
    'setgid',
  ],
  ...[
    'setgroups',
    'capset',
    'init_module',
    'finit_module',
    'delete_module',
    'kexec_load',
    'reboot',
    'swapon',
    'acct',
  ],
  ...[
    'sethostname',
    'settimeofday',
    'clock_settime',
    'adjtimex',
    'syslog',
    'quotactl',
    'bpf',
    'perf_event_open',
  ],
  ...[
    'userfaultfd',
    'keyctl',
    'add_key',
    'request_key',
    'open_by_handle_at',
    'name_to_handle_at',
    'personality',
  ],
  ...[
    'mknodat',
    'fchownat',
    'setxattr',
    'io_setup',
    'socketpair',
    'inotify_init1',
    'fanotify_init',
    'memfd_secret',
  ],
  ...[
    'landlock_create_ruleset',
    'setpriority',
    'sched_setaffinity',
    'shmget',
    'msgget',
    'semget',
    'mq_open',
    'vhangup',
  ],
  'io_uring_setup',
  'clone3',
];

/** Native JavaScript in the jail, as an attacker who has broken out of the guest's sandbox would run. */
const PROGRAM = `
  const ffi = require('node:ffi');
  const { functions } = ffi.dlopen(null, {
    syscall: { arguments: ['i64', 'u64', 'u64', 'u64', 'u64', 'u64', 'u64'], return: 'i64' },
    __errno_location: { arguments: [], return: 'pointer' },
  });
  const numbers = JSON.parse(boot.env[0]);
  const call = (name, ...args) => {
    const [a = 0n, b = 0n, c = 0n, d = 0n, e = 0n, f = 0n] = args.map(BigInt);
    const result = functions.syscall(BigInt(numbers[name]), a, b, c, d, e, f);
    return result === -1n ? ffi.getInt32(functions.__errno_location()) : Number(result);
  };
  if (boot.args[1] === 'hardened') {
    const filter = Buffer.from(boot.seccomp, 'base64');
    const description = Buffer.alloc(16);
    description.writeUInt16LE(filter.length / 8, 0);
    description.writeBigUInt64LE(ffi.getRawPointer(filter), 8);
    say({ installed: call('seccomp', 1, 1, ffi.getRawPointer(description)) });
  }
  const attempt = (action) => { try { return action() ?? 'done'; } catch (error) { return error.code ?? error.message; } };
  const files = (directory) => attempt(() => fs.readdirSync(directory).sort());
  const status = fs.readFileSync('/proc/self/task/1/status', 'utf8');
  const threads = fs.readdirSync('/proc/self/task').map((id) => fs.readFileSync('/proc/self/task/' + id + '/status', 'utf8'));
  const field = (text, name) => text.match(new RegExp('^' + name + ':\\\\s*(.*)$', 'm'))?.[1];
  say({
    files: Object.fromEntries(['/', '/app', '/tmp', '/etc', '/dev', '/rt', '/bin'].map((name) => [name, files(name)])),
    processes: files('/proc'),
    descriptors: fs.readdirSync('/proc/self/fd').map((fd) => attempt(() => fs.readlinkSync('/proc/self/fd/' + fd))).filter((target) => target.startsWith('/')),
    mounts: fs.readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\\n').map((line) => line.split(' ')).map((fields) => fields[4] + ' ' + fields[5].split(',')[0] + ' ' + fields[fields.indexOf('-') + 1]).sort(),
    threads: [...new Set(threads.map((text) => ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp'].map((name) => field(text, name)).join(' ')))],
    namespaces: Object.fromEntries(['mnt', 'pid', 'net', 'uts', 'ipc'].map((name) => [name, fs.readlinkSync('/proc/self/ns/' + name)])),
    environment: process.env,
    writes: Object.fromEntries(['/x', '/rt/x', '/etc/hosts', '/etc/x', '/dev/x', '/proc/self/oom_score_adj', '/bin/node', '/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/tmp/x'].map((name) => [name, attempt(() => fs.writeFileSync(name, ''))])),
    chmods: attempt(() => fs.chmodSync('/dev/null', 0)),
    null: attempt(() => fs.writeFileSync('/dev/null', 'x')),
    exec: require('node:child_process').spawnSync('/bin/node', ['-e', '0']).error?.code ?? 'ran',
    calls: Object.fromEntries(Object.keys(numbers).filter((name) => name !== 'seccomp').map((name) => [name, call(name)])),
    unixSocket: numbers.socket === undefined ? 0 : call('socket', 1, 1),
    netlink: call('socket', 16, 3),
    packet: call('socket', 17, 3),
  });
  const net = require('node:net');
  const reach = (host) => new Promise((resolve) => net.connect({ host, port: 9, timeout: 2000 }).on('error', (error) => resolve(error.code)).on('connect', () => resolve('connected')).on('timeout', () => resolve('timeout')));
  Promise.all(boot.env.slice(1).map(reach)).then((network) => { say({ network }); end(0); });`;

interface Probe {
  readonly [name: string]: unknown;
  readonly calls: Readonly<Record<string, number>>;
  readonly namespaces: Readonly<Record<string, string>>;
}

const EPERM = 1;
const ENOSYS = 38;

describe.each(['', 'hardened'])('an attacker in the jail (%s)', (stage) => {
  let box: Box;
  let probe: Probe;
  let network: unknown;
  beforeAll(async () => {
    box = await Box.make(PROGRAM);
    await writeFile(path.join(box.image, 'index.js'), '');
    const wanted = [...FORBIDDEN, 'seccomp', 'socket'].map((name) => [name, hostSyscalls.number(name)]);
    const addresses = Object.values(networkInterfaces())
      .flatMap((all) => all?.map(({ address }) => address) ?? [])
      // Those of a link mean nothing without naming the link.
      .filter((address) => !address.startsWith('fe80'));
    const env = [JSON.stringify(Object.fromEntries(wanted)), ...addresses, '192.0.2.1'];
    const { said } = await box.run({ args: ['/', stage], config: { process: { env } } });
    if (stage === 'hardened') expect(said[0]).toEqual({ installed: 0 });
    probe = said.at(-2) as Probe;
    ({ network } = said.at(-1) as { readonly network: unknown });
  }, 30_000);
  afterAll(() => box[Symbol.asyncDispose]());

  it('sees the runtime, the image and nothing of the host', () => {
    expect(probe['files']).toMatchObject({
      '/': expect.arrayContaining(['app', 'bin', 'dev', 'etc', 'lib', 'proc', 'rt', 'tmp']),
      '/app': ['index.js'],
      '/tmp': [],
      '/etc': ['hostname', 'hosts', 'resolv.conf'],
      '/dev': ['full', 'null', 'random', 'urandom', 'zero'],
      '/rt': ['container.cjs'],
      '/bin': ['node'],
    });
    expect(
      (probe['files'] as Record<string, readonly string[]>)['/']?.filter(
        (name) => !/^(app|bin|dev|etc|lib\d*|proc|rt|tmp)$/.test(name),
      ),
    ).toEqual([]);
    expect(probe['environment']).toEqual({});
    expect(probe['mounts']).toEqual([
      expect.stringMatching(/^\/ ro \w+$/),
      expect.stringMatching(/^\/app rw \w+$/),
      '/dev ro tmpfs',
      ...['full', 'null', 'random', 'urandom', 'zero'].map((name) => `/dev/${name} ro devtmpfs`),
      expect.stringMatching(/^\/etc\/resolv\.conf ro \w+$/),
      '/proc ro proc',
      '/tmp rw tmpfs',
    ]);
  });

  it('holds no descriptor of a host file but its own output', () => {
    const known = new Set(['/dev/null', box.output]);
    expect(
      (probe['descriptors'] as readonly string[]).filter(
        (target) => !known.has(target) && !target.startsWith('/proc/'),
      ),
    ).toEqual([]);
  });

  it('sees no process but its own', () => {
    expect(probe['processes']).toEqual(['1', 'self', 'thread-self']);
    for (const [name, identity] of Object.entries(probe.namespaces)) {
      expect(identity, name).not.toBe(readlinkSync(`/proc/self/ns/${name}`));
    }
  });

  it('has no capability and cannot get one, on any thread', () => {
    const none = '0000000000000000';
    expect(probe['threads']).toEqual([`${none} ${none} ${none} ${none} ${none} 1 2`]);
  });

  it('writes to /tmp and the image only', () => {
    expect(probe['writes']).toEqual({
      '/x': 'EROFS',
      '/rt/x': 'EROFS',
      '/etc/hosts': 'EROFS',
      '/etc/x': 'EROFS',
      '/dev/x': 'EROFS',
      '/proc/self/oom_score_adj': 'EROFS',
      '/bin/node': expect.stringMatching(/^(EROFS|ETXTBSY)$/),
      '/proc/sys/kernel/core_pattern': 'ENOENT',
      '/proc/sysrq-trigger': 'ENOENT',
      '/tmp/x': 'done',
    });
    expect(probe['chmods']).toBe('EROFS');
    expect(probe['null']).toBe('done');
  });

  it('is refused every system call that leads outside', () => {
    const tried = Object.entries(probe.calls).filter(([name]) => name !== 'socket');
    expect(tried.length).toBeGreaterThan(60);
    expect(tried.filter(([, errno]) => errno !== EPERM && errno !== ENOSYS)).toEqual([]);
    expect([probe['unixSocket'], probe['netlink'], probe['packet']]).toEqual([EPERM, EPERM, EPERM]);
    if (stage === 'hardened') expect(probe['exec']).toBe('EPERM');
  });

  it('reaches no network', () => {
    expect(network).toEqual(
      (network as readonly string[]).map(() => expect.stringMatching(/^(ENETUNREACH|ECONNREFUSED)$/)),
    );
    expect((network as readonly string[]).at(-1)).toBe('ENETUNREACH');
  });
});
