import { access, mkdir, mkdtemp, rmdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from './harness/command.ts';
import { leaks, takeInventory } from './harness/leaks.ts';
import { Machine } from './harness/machine.ts';
import { Network } from './harness/network.ts';
import { findProcesses } from './harness/processes.ts';
import { debianTree, hostTree } from './harness/trees.ts';

describe('a machine of the test rig', () => {
  it('shows every kind of thing that a container can leave behind', async () => {
    await using machine = await Machine.start({ tree: await debianTree('trixie'), network: 'private' });
    const before = await takeInventory(machine);
    expect(leaks(before, await takeInventory(machine))).toEqual([]);

    await using network = await Network.make(machine, 'left');
    const sleeper = ['nsenter', `--net=${network.path}`, 'sleep', '1000'];
    await using _stopped = stopping(await machine.spawn(sleeper, path.join(machine.directory, 'sleep.log')));
    await machine.run(['mkdir', '-p', '/run/containerd/s', '/run/left']);
    await machine.run(['mount', '-t', 'tmpfs', 'left', '/run/left']);
    await machine.run(['mkfifo', '/tmp/fifo']);
    await mkdir(path.join('/sys/fs/cgroup', await anyHierarchy(), machine.id, 'left'), { recursive: true });
    await writeFile(path.join(machine.directory, 'bundle'), '');

    const found = leaks(before, await takeInventory(machine)).map((leak) =>
      leak.replace(/net:\[\d+\]/, 'net'),
    );
    expect(found).toEqual(
      expect.arrayContaining([
        'processes: sleep 1000',
        'mounts: /run/left (tmpfs left /)',
        'network namespaces: net',
        'files: /run/left',
        expect.stringMatching(/^files: .*\/tmp\/fifo \(fifo\)$/),
        expect.stringMatching(/^cgroups: .*\/left$/),
        expect.stringMatching(/^files: .*\/bundle$/),
      ]),
    );
  });

  it('does not see the processes, the /tmp and the network of the machine it is in', async () => {
    await using machine = await Machine.start({ tree: await hostTree(), network: 'private' });
    const elsewhere = await mkdtemp(path.join(os.tmpdir(), 'wws-elsewhere-'));
    expect((await machine.attempt(['ls', elsewhere])).stderr).toContain('No such file or directory');
    await rmdir(elsewhere);
    expect(await findProcesses(machine, 'vitest')).toEqual([]);
    expect(await machine.run(['sh', '-c', 'tail -n +3 /proc/net/dev | cut -d: -f1'])).toMatch(/^\s*lo\n$/);
  });

  it('takes all its processes and folders with it when it goes', async () => {
    const machine = await Machine.start({ tree: await hostTree(), network: 'private' });
    const daemon = await machine.spawn(['sleep', '1000'], path.join(machine.directory, 'sleep.log'));
    await machine[Symbol.asyncDispose]();
    await expect(access(`/proc/${daemon.pid}`)).rejects.toThrow(/ENOENT/);
    await expect(access(machine.directory)).rejects.toThrow(/ENOENT/);
    expect(await run(['cat', '/proc/self/mountinfo'])).not.toContain(machine.directory);
  });
});

/** One of the machine's cgroup hierarchies, or the only one. */
async function anyHierarchy(): Promise<string> {
  return access('/sys/fs/cgroup/cgroup.controllers').then(
    () => '',
    () => 'pids',
  );
}

function stopping(daemon: { stop(signal: 'SIGKILL'): Promise<void> }): AsyncDisposable {
  return { [Symbol.asyncDispose]: async () => daemon.stop('SIGKILL') };
}
