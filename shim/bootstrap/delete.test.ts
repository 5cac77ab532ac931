import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codec } from '#proto/codec.ts';
import { fromTimestamp } from '#proto/timestamp.ts';
import { readCgroupLayout } from '../sandbox/cgroup-layout.ts';
import { removeCgroups } from '../sandbox/cgroup-remove.ts';
import { writeExit } from './exit-file.ts';
import { readRecord, writeRecord } from './record-file.ts';
import { type ProgramResult, ShimProgram } from './shim-program.fixture.ts';

const deleteResponse = codec('containerd.task.v2.DeleteResponse');

let shim: ShimProgram;
beforeEach(() => {
  shim = new ShimProgram();
});
afterEach(() => shim[Symbol.asyncDispose]());

interface Answer {
  readonly pid: number;
  readonly status: number;
  readonly at: Date | undefined;
}

function answerOf({ status, stdout }: ProgramResult): Answer {
  expect(status).toBe(0);
  const { pid, exitStatus, exitedAt } = deleteResponse.decode(stdout);
  return { pid, status: exitStatus, at: exitedAt && fromTimestamp(exitedAt) };
}

describe('delete', () => {
  it('answers "killed, now" for a bundle that is gone', async () => {
    const before = Date.now();
    const { pid, status, at } = answerOf(await shim.delete('one', path.join(shim.directory, 'gone')));
    expect({ pid, status }).toEqual({ pid: 0, status: 137 });
    expect(at?.getTime()).toBeGreaterThanOrEqual(before);
  });

  it('answers the exit the server recorded, every time', async () => {
    const bundle = shim.bundle('one');
    const at = new Date(1_700_000_000_003);
    writeExit(bundle, 42, { status: 3, at });
    expect(answerOf(await shim.delete('one', bundle))).toEqual({ pid: 42, status: 3, at });
    expect(answerOf(await shim.delete('one', bundle))).toEqual({ pid: 42, status: 3, at });
  });

  it('kills the process a dead server has left, and says so twice with one time', async () => {
    const bundle = shim.bundle('one');
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    const exit = once(child, 'exit');
    const pid = child.pid ?? 0;
    const startTime = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19] ?? '';
    writeRecord(bundle, { version: 1, id: 'one', pid, startTime, cgroupPaths: [] });
    const first = answerOf(await shim.delete('one', bundle));
    expect(first).toMatchObject({ pid, status: 137 });
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(readRecord(bundle)).toBeUndefined();
    expect(answerOf(await shim.delete('one', bundle))).toEqual(first);
  });

  it('spares a process that has the pid of a container long gone', async () => {
    const bundle = shim.bundle('one');
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    const exit = once(child, 'exit');
    const pid = child.pid ?? 0;
    writeRecord(bundle, { version: 1, id: 'one', pid, startTime: '1', cgroupPaths: [] });
    expect(answerOf(await shim.delete('one', bundle)).status).toBe(137);
    child.kill('SIGTERM');
    expect(await exit).toEqual([null, 'SIGTERM']);
  });

  it('removes the cgroups of a container whose server died before it could record them', async () => {
    const bundle = shim.bundle('one');
    const name = `wws-test-${process.pid}`;
    writeFileSync(path.join(bundle, 'config.json'), specWithCgroup(`/${name}/one`));
    const layout = readCgroupLayout();
    const mounts =
      layout?.version === 1 ? layout.hierarchies.map(({ mount }) => mount) : [layout?.mount ?? ''];
    for (const mount of mounts) mkdirSync(path.join(mount, name, 'one'), { recursive: true });
    const result = await shim.delete('one', bundle);
    const left = mounts.filter((mount) => existsSync(path.join(mount, name, 'one')));
    await removeCgroups(mounts.flatMap((mount) => [path.join(mount, name, 'one'), path.join(mount, name)]));
    expect({ answer: answerOf(result).status, warnings: result.stderr, left }).toEqual({
      answer: 137,
      warnings: '',
      left: [],
    });
  });

  it('warns of a state file it cannot use and cleans up the rest', async () => {
    const bundle = shim.bundle('one');
    writeFileSync(path.join(bundle, 'wws-state.json'), '{"version": 2}');
    const result = await shim.delete('one', bundle);
    expect(answerOf(result).status).toBe(137);
    expect(result.stderr).toBe(`Cannot use the state file of "${bundle}": version 2 is unknown\n`);
  });

  it('removes the socket of a dead server and keeps the one of a live server', async () => {
    const bundle = shim.bundle('one');
    const address = (await shim.start('one', bundle)).stdout.toString();
    const socket = address.replace('unix://', '');
    await shim.serverPid(address);
    await shim.delete('one', bundle);
    expect(existsSync(socket)).toBe(true);
    await shim.kill(address);
    expect(existsSync(socket)).toBe(true);
    await shim.delete('one', bundle);
    expect(existsSync(socket)).toBe(false);
  });

  it('touches nothing that an address file of someone else points to', async () => {
    const bundle = shim.bundle('one');
    const file = path.join(shim.directory, 'precious');
    writeFileSync(file, '');
    writeFileSync(path.join(bundle, 'address'), `unix://${file}`);
    answerOf(await shim.delete('one', bundle));
    expect(existsSync(file)).toBe(true);
  });

  it('says which flag is missing', async () => {
    expect(await shim.run(['-id', 'one', 'delete'])).toMatchObject({
      status: 1,
      stderr: 'Cannot clean up: flag "-bundle" is missing\n',
    });
  });
});

function specWithCgroup(cgroupsPath: string): string {
  return JSON.stringify({
    ociVersion: '1.1.0',
    process: { user: { uid: 0, gid: 0 }, args: ['.'], cwd: '/' },
    root: { path: 'rootfs' },
    linux: { cgroupsPath },
  });
}
