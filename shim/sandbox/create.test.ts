import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanUpSandbox } from './clean-up.ts';
import { Box } from './jail.fixture.ts';
import type { SandboxRecord } from './sandbox.ts';

const PROGRAM = `
  const task = boot.args[1];
  if (task === 'wait') return;
  if (task === 'exit') return end(Number(boot.args[2]));
  if (task === 'read') { say({ stdin: fs.readFileSync(0, 'utf8') }); return end(0); }
  if (task === 'write') { fs.writeFileSync(boot.args[2], 'written'); return end(0); }
  const status = fs.existsSync('/proc/self/status') ? fs.readFileSync('/proc/self/status', 'utf8') : '';
  const line = (name) => status.match(new RegExp('^' + name + ':\\\\s*(.*)$', 'm'))?.[1].trim().replaceAll('\\t', ' ');
  const server = require('node:net').createServer((socket) => socket.end()).listen(0, '127.0.0.1', () => {
    require('node:net').connect(server.address().port, '127.0.0.1').on('close', () => {
      say({
        boot, uid: line('Uid'), gid: line('Gid'), groups: line('Groups'), host: require('node:os').hostname(),
        files: fs.readFileSync('/proc/self/limits', 'utf8').match(/open files +(\\d+)/)[1],
        oom: fs.readFileSync('/proc/self/oom_score_adj', 'utf8').trim(), arguments: process.execArgv,
        app: fs.readdirSync('/app'), hosts: fs.readFileSync('/etc/hosts', 'utf8'), pid: process.pid,
      });
      end(0);
    }).resume();
  });`;

interface Said {
  readonly boot: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}

describe('createSandbox()', () => {
  let box: Box;
  beforeAll(async () => {
    box = await Box.make(PROGRAM);
    await writeFile(path.join(box.image, 'index.js'), '');
    await writeFile(path.join(box.image, 'tool.wasm'), Buffer.from('0061736d01000000', 'hex'));
  });
  afterAll(async () => {
    await box[Symbol.asyncDispose]();
    expect(await box.cgroupsLeft()).toEqual([]);
    // Other tests of this machine mount what they need.
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(box.directory);
  });

  const look = async (options: Parameters<Box['run']>[0]): Promise<Said> => {
    const { said } = await box.run(options);
    return said[0] as Said;
  };

  it('runs a process as the user, with the names and limits of the spec', async () => {
    const config = {
      hostname: 'box-1',
      process: {
        user: { uid: 1234, gid: 2345, additionalGids: [7] },
        rlimits: [
          { type: 'RLIMIT_NOFILE', soft: 512, hard: 512 },
          { type: 'RLIMIT_AS', soft: 1, hard: 1 },
        ],
        oomScoreAdj: 321,
        env: ['A=b'],
      },
    };
    const said = await look({ config, args: ['tool.wasm'] });
    expect(said).toMatchObject({
      uid: '1234 1234 1234 1234',
      gid: '2345 2345 2345 2345',
      groups: '7',
      host: 'box-1',
      files: '512',
      oom: '321',
      pid: 1,
    });
    expect(said.boot).toMatchObject({
      type: 'boot',
      entrypoint: { kind: 'module', path: 'tool.wasm' },
      args: ['tool.wasm'],
      env: ['A=b'],
      cwd: '/',
      mounts: [],
      operator: {},
    });
  });

  it('hands the runtime what annotations say, and refuses what has no sense before anything is made', async () => {
    const annotations = { 'wws.limit.memory': '1GiB', 'wws.egress': 'loopback', 'other.key': 'x' };
    const said = await look({ config: { annotations } });
    expect(said.boot).toMatchObject({ operator: { 'limit.memory': '1GiB', egress: 'loopback' } });
    await expect(look({ config: { annotations: { 'wws.limit.memory': 'much' } } })).rejects.toThrow(
      'Cannot use annotation "wws.limit.memory": a size such as "64 MiB" is needed, not "much"',
    );
    await expect(look({ config: { annotations: { 'wws.prots': '1' } } })).rejects.toThrow(
      /^Cannot use annotation "wws.prots": there is no such setting \(known: /,
    );
  });

  it('tells Node of the memory limit, which it does not see', async () => {
    const linux = { resources: { memory: { limit: 256 * 1024 * 1024 }, pids: { limit: 100 } } };
    const said = await look({ config: { linux } });
    expect(said['arguments']).toContain('--max-old-space-size=128');
  });

  it('mounts an overlay in the container only', async () => {
    for (const name of ['lower', 'upper', 'work']) await mkdir(path.join(box.directory, name));
    await writeFile(path.join(box.directory, 'lower/from-overlay.js'), '');
    const at = (name: string): string => path.join(box.directory, name);
    const rootfs = [
      {
        type: 'overlay',
        source: 'overlay',
        target: '',
        options: [`lowerdir=${at('lower')}`, `upperdir=${at('upper')}`, `workdir=${at('work')}`, 'index=off'],
      },
    ];
    const sandbox = await box.create({ request: { rootfs }, config: { root: { path: 'rootfs' } } });
    expect(readdirSync(path.join(box.bundle, 'rootfs'))).toEqual([]);
    await sandbox.destroy();
    expect((await look({ request: { rootfs }, config: { root: { path: 'rootfs' } } }))['app']).toEqual([
      'from-overlay.js',
    ]);
  });

  it('mounts an overlay of more layers than fit into a page of options', async () => {
    const layers = path.join(box.directory, 'a-directory-with-a-rather-long-name-for-many-layers');
    const names = Array.from({ length: 60 }, (_, index) => `layer-${index}`);
    for (const name of names) await mkdir(path.join(layers, name), { recursive: true });
    await writeFile(path.join(layers, 'layer-59', 'deep.js'), '');
    const lower = names.map((name) => path.join(layers, name)).join(':');
    expect(lower.length).toBeGreaterThan(4096);
    const rootfs = [{ type: 'overlay', source: 'overlay', target: '', options: [`lowerdir=${lower}`] }];
    expect((await look({ request: { rootfs } }))['app']).toEqual(['deep.js']);
  });

  it('takes a bind mount as root, and keeps it read-only', async () => {
    const rootfs = [{ type: 'bind', source: box.image, target: '', options: ['rbind', 'ro'] }];
    expect((await look({ request: { rootfs } }))['app']).toContain('index.js');
    await expect(box.run({ request: { rootfs }, args: ['/', 'write', '/app/new'] })).rejects.toThrow('EROFS');
    const config = { root: { path: box.image, readonly: true } };
    await expect(box.run({ config, args: ['/', 'write', '/app/new'] })).rejects.toThrow('EROFS');
  });

  it('joins a network namespace by its path and writes sysctls there', async () => {
    const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
    await once(holder, 'spawn');
    // unshare(1) has unshared when it has become cat.
    const ready = async (): Promise<void> => {
      while ((await readFile(`/proc/${holder.pid}/comm`, 'utf8')).trim() !== 'cat')
        await new Promise(setImmediate);
    };
    await ready();
    execFileSync('nsenter', [`--net=/proc/${holder.pid}/ns/net`, 'ip', 'link', 'set', 'lo', 'up']);
    const network = `/proc/${holder.pid}/ns/net`;
    const linux = {
      namespaces: [{ type: 'network', path: network }, { type: 'pid' }, { type: 'ipc' }],
      sysctl: { 'net.ipv4.ip_unprivileged_port_start': '81', 'kernel.msgmax': '4096' },
    };
    const hostValue = readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8');
    const sandbox = await box.create({ config: { linux } });
    expect(readlinkSync(`/proc/${sandbox.pid}/ns/net`)).toBe(readlinkSync(network));
    const value = execFileSync('nsenter', [
      `--net=${network}`,
      'cat',
      '/proc/sys/net/ipv4/ip_unprivileged_port_start',
    ]);
    expect(String(value).trim()).toBe('81');
    expect(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')).toBe(hostValue);
    expect(readFileSync('/proc/sys/kernel/msgmax', 'utf8').trim()).not.toBe('4096');
    await sandbox.destroy();
    holder.stdin.end();
    await once(holder, 'exit');
  });

  it('mounts the /proc of the pid namespace it shares with the host, without what it may not trace', async () => {
    const namespaces = ['mount', 'network', 'ipc'].map((type) => ({ type }));
    const said = await look({ config: { linux: { namespaces } } });
    expect(said['pid']).not.toBe(1);
  });

  it('binds the files of /etc for the runtime, and gives localhost where there are none', async () => {
    expect((await look({}))['hosts']).toContain('127.0.0.1 localhost');
    const hosts = path.join(box.directory, 'hosts');
    await writeFile(hosts, '10.1.2.3 friend\n');
    const mounts = [{ destination: '/etc/hosts', type: 'bind', source: hosts, options: ['rbind'] }];
    expect((await look({ config: { mounts } }))['hosts']).toBe('10.1.2.3 friend\n');
  });

  it('gives stdin through, and its end after closeStdin()', async () => {
    const fifo = path.join(box.directory, 'stdin');
    execFileSync('mkfifo', [fifo]);
    const stdio = { stdin: fifo, stdout: box.output, stderr: box.output, terminal: false };
    const sandbox = await box.create({ request: { stdio }, args: ['/', 'read'] });
    const first = await open(fifo, 'w');
    await first.write('one ');
    await first.close();
    const second = await open(fifo, 'w');
    await second.write('two');
    sandbox.closeStdin();
    await second.close();
    await sandbox.start();
    expect((await sandbox.exited).status).toBe(0);
    await sandbox.destroy();
    expect(await readFile(box.output, 'utf8')).toBe('{"stdin":"one two"}\n');
    await writeFile(box.output, '');
  });

  it('gives stdin and its end through when it has ended before the start', async () => {
    const fifo = path.join(box.directory, 'ended');
    execFileSync('mkfifo', [fifo]);
    const stdio = { stdin: fifo, stdout: box.output, stderr: box.output, terminal: false };
    const sandbox = await box.create({ request: { stdio }, args: ['/', 'read'] });
    const client = await open(fifo, 'w');
    await client.write('all of it');
    await client.close();
    await sandbox.start();
    expect((await sandbox.exited).status).toBe(0);
    await sandbox.destroy();
    expect(await readFile(box.output, 'utf8')).toBe('{"stdin":"all of it"}\n');
    await writeFile(box.output, '');
  });

  it('reports exit codes, and signals as 128 more', async () => {
    const exits = async (args: readonly string[], signal?: number): Promise<number> => {
      const sandbox = await box.create({ args: ['/', ...args] });
      await sandbox.start();
      if (signal !== undefined) await sandbox.signal(signal, false);
      const { status } = await sandbox.exited;
      await expect(sandbox.signal(0, false)).rejects.toThrow('process already finished');
      expect(await sandbox.pids()).toEqual([sandbox.pid]);
      await sandbox.destroy();
      await sandbox.destroy();
      return status;
    };
    expect(await exits(['exit', '42'])).toBe(42);
    expect(await exits(['wait'], 9)).toBe(137);
    expect(await exits(['wait'], 15)).toBe(9);
    await writeFile(box.output, '');
  });

  it('counts what a container uses', async () => {
    const sandbox = await box.create({ args: ['/', 'wait'] });
    await sandbox.start();
    expect(await sandbox.pids()).toEqual([sandbox.pid]);
    const { metrics } = await sandbox.stats();
    expect(Number(metrics.pids?.current)).toBeGreaterThan(1);
    expect(Number(metrics.cpu && 'usage' in metrics.cpu ? metrics.cpu.usage?.total : 1)).toBeGreaterThan(0);
    await sandbox.destroy();
    expect((await sandbox.exited).status).toBe(137);
    await writeFile(box.output, '');
  });

  it('runs the hooks of Create with the pid, and gives up when one fails', async () => {
    const seen = path.join(box.directory, 'seen');
    const hook = (script: string): object => ({ path: '/bin/sh', args: ['sh', '-c', script], env: ['X=1'] });
    const config = { hooks: { prestart: [hook(`cat > ${seen}; echo " $X" >> ${seen}`)] } };
    const sandbox = await box.create({ config });
    const [state, variable] = (await readFile(seen, 'utf8')).trim().split(' ');
    expect(JSON.parse(state ?? '')).toMatchObject({
      id: 'box',
      pid: sandbox.pid,
      status: 'creating',
      bundle: box.bundle,
    });
    expect(variable).toBe('1');
    await sandbox.destroy();

    const records: SandboxRecord[] = [];
    const failing = box.create({
      config: { hooks: { createRuntime: [hook('echo no; echo why >&2; exit 3')] } },
      request: { onRecord: (record) => void records.push(record) },
    });
    await expect(failing).rejects.toThrow(
      'error during container init: error running createRuntime hook #0: exit status 3, stdout: no\n, stderr: why',
    );
    expect(readdirSync('/proc')).not.toContain(String(records[0]?.pid));
    expect(await box.cgroupsLeft()).toEqual([]);
  });

  it('leaves nothing after a container that cannot be', async () => {
    const cases: readonly (readonly [Parameters<Box['create']>[0], string])[] = [
      [{ args: ['/nope.wasm'] }, 'Cannot run "/nope.wasm": no such file or directory'],
      [{ config: { linux: { namespaces: [{ type: 'user' }] } } }, 'cannot have a user namespace'],
      [
        { config: { linux: { namespaces: [{ type: 'network', path: '/no/net' }] } } },
        'the network namespace at "/no/net"',
      ],
      [
        { config: { linux: { sysctl: { 'kernel.core_pattern': '|x' } } } },
        'sysctl "kernel.core_pattern" would change the host',
      ],
      [{ config: { linux: { sysctl: { 'net/../kernel/msgmax': '1' } } } }, 'sysctl "net/../kernel/msgmax"'],
      [
        { config: { root: { path: '/no/root' } } },
        'Cannot mount the image at "/no/root": no such file or directory',
      ],
      [
        {
          config: { mounts: [{ destination: '/d', type: 'bind', source: '/no/source', options: ['rbind'] }] },
        },
        'Cannot mount "/no/source" at "/d": no such file or directory',
      ],
      [
        { request: { stdio: { stdin: '', stdout: '/no/fifo', stderr: '', terminal: false } } },
        'Cannot open stdout "/no/fifo": no such file or directory',
      ],
      [
        { request: { stdio: { stdin: '', stdout: 'binary:///x', stderr: '', terminal: false } } },
        'only a fifo or a file ("file://…") is supported',
      ],
      [{ config: { linux: { cgroupsPath: '/' } } }, 'Cannot use the root cgroup'],
      [
        { config: { linux: { resources: { memory: { limit: 2 ** 62 }, cpu: { quota: 1, period: 1 } } } } },
        'cpu.cfs_period_us" to "1"',
      ],
      [{ request: { onRecord: () => Promise.reject(new Error('disk full')) } }, 'disk full'],
    ];
    const tryAll = async (): Promise<number> => {
      for (const [options, message] of cases) {
        await expect(box.create(options), message).rejects.toThrow(message);
        expect(await box.cgroupsLeft(), message).toEqual([]);
      }
      return readdirSync('/proc/self/fd').length;
    };
    const descriptors = await tryAll();
    expect(await tryAll()).toBe(descriptors);
  });

  it('creates several containers at once', async () => {
    const several = await Promise.all(
      ['one', 'two', 'three'].map((name) =>
        box.create({
          args: ['/', 'wait'],
          config: { linux: { cgroupsPath: `${box.cgroup}/${name}` } },
          request: { bundle: path.join(box.directory, name) },
        }),
      ),
    );
    for (const sandbox of several) await sandbox.start();
    expect(new Set(several.map(({ pid }) => pid)).size).toBe(3);
    for (const sandbox of several) await sandbox.destroy();
    await writeFile(box.output, '');
  });
});

describe('cleanUpSandbox()', () => {
  it('ends what is left of a container whose shim was killed', async () => {
    await using box = await Box.make(PROGRAM);
    const sandbox = await box.create({ args: ['/', 'wait'] });
    await sandbox.start();
    const exit = await cleanUpSandbox(sandbox.record);
    expect(exit?.status).toBe(137);
    expect((await sandbox.exited).status).toBe(137);
    expect(await box.cgroupsLeft()).toEqual([]);
    expect(await cleanUpSandbox(sandbox.record)).toBeUndefined();
  });

  it('spares a process that has come by the same pid', async () => {
    const other = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
    const record = { version: 1, id: 'x', pid: other.pid ?? 0, startTime: '1', cgroupPaths: [] } as const;
    expect(await cleanUpSandbox(record)).toBeUndefined();
    expect(other.kill(0)).toBe(true);
    other.stdin.end();
    expect(await once(other, 'exit')).toEqual([0, null]);
  });
});
