import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProgramResult, ShimProgram } from './shim-program.fixture.ts';

let shim: ShimProgram;
beforeEach(() => {
  shim = new ShimProgram();
});
afterEach(() => shim[Symbol.asyncDispose]());

function addressOf({ status, stdout, stderr }: ProgramResult): string {
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.toString();
}

describe('start', () => {
  it('prints an address that is served, writes it to the bundle, and ends although the server lives', async () => {
    const bundle = shim.bundle('one');
    const address = addressOf(await shim.start('one', bundle));
    expect(address).toMatch(new RegExp(`^unix://${shim.socketDirectory}/[0-9a-f]{64}$`));
    expect(readFileSync(path.join(bundle, 'address'), 'utf8')).toBe(address);
    expect(await shim.serverPid(address)).toBeGreaterThan(1);
    expect(statSync(address.replace('unix://', '')).mode & 0o777).toBe(0o600);
    expect(statSync(shim.socketDirectory).mode & 0o777).toBe(0o700);
    await shim.shutDown(address, 'one');
    expect(readdirSync(shim.socketDirectory)).toEqual([]);
  });

  it('hands the server no descriptor of its own parents', async () => {
    const bundle = shim.bundle('one');
    const pipe = path.join(bundle, 'leak');
    execFileSync('mkfifo', [pipe]);
    const fd = openSync(pipe, constants.O_RDWR);
    const address = addressOf(await shim.start('one', bundle, fd));
    const server = await shim.serverPid(address);
    const open = readdirSync(`/proc/${server}/fd`).map((name) => readLink(`/proc/${server}/fd/${name}`));
    expect(open.length).toBeGreaterThan(3);
    expect(open).not.toContain(pipe);
    closeSync(fd);
  });

  it('keeps the server for the container that joins it, although the one before is done with', async () => {
    const group = { 'io.containerd.runc.v2.group': 'mine' };
    const address = addressOf(await shim.start('a', shim.bundle('a', group)));
    const pid = await shim.serverPid(address);
    expect(addressOf(await shim.start('b', shim.bundle('b', group)))).toBe(address);
    await shim.sayShutdown(address, 'a');
    expect(await shim.serverPid(address)).toBe(pid);
    await shim.shutDown(address, 'b');
  });

  it('answers the containers of one pod with one server, also when they start at once', async () => {
    const pod = { 'io.kubernetes.cri.sandbox-id': 'pod' };
    const ids = ['pod', 'a', 'b', 'c'];
    const results = await Promise.all(ids.map((id) => shim.start(id, shim.bundle(id, pod))));
    const addresses = results.map(addressOf);
    expect(new Set(addresses).size).toBe(1);
    const pids = await Promise.all(addresses.map((address) => shim.serverPid(address)));
    expect(new Set(pids).size).toBe(1);
    expect(readdirSync(shim.socketDirectory)).toHaveLength(1);
  });

  it('gives containers without a group a server each', async () => {
    const first = addressOf(await shim.start('a', shim.bundle('a')));
    const second = addressOf(await shim.start('b', shim.bundle('b')));
    expect(await shim.serverPid(first)).not.toBe(await shim.serverPid(second));
  });

  it('replaces the socket of a server that died, once, when several start at once', async () => {
    const group = { 'io.containerd.runc.v2.group': 'mine' };
    const address = addressOf(await shim.start('first', shim.bundle('first', group)));
    await shim.kill(address);
    expect(existsSync(address.replace('unix://', ''))).toBe(true);
    const ids = ['a', 'b', 'c'];
    const results = await Promise.all(ids.map((id) => shim.start(id, shim.bundle(id, group))));
    const pids = await Promise.all(results.map((result) => shim.serverPid(addressOf(result))));
    expect(new Set(pids).size).toBe(1);
    expect(readdirSync(shim.socketDirectory)).toHaveLength(1);
  });

  it('serves a bundle without config.json', async () => {
    const bundle = shim.bundle('one');
    rmSync(path.join(bundle, 'config.json'));
    const address = addressOf(await shim.start('one', bundle));
    await shim.serverPid(address);
  });

  it('says in one line what is wrong with config.json, and leaves nothing behind', async () => {
    const bundle = shim.bundle('one');
    writeFileSync(path.join(bundle, 'config.json'), '{\n  "annotations": {]\n}');
    const { status, stdout, stderr } = await shim.start('one', bundle);
    expect(status).toBe(1);
    expect(stdout.toString()).toBe('');
    expect(stderr).toBe(`Cannot read "${bundle}/config.json": invalid JSON at line 2, column 19\n`);
    expect(existsSync(path.join(bundle, 'address'))).toBe(false);
    expect(existsSync(shim.socketDirectory)).toBe(false);
  });

  it('takes the socket back when the address cannot be written', async () => {
    const bundle = shim.bundle('one');
    execFileSync('mkdir', [path.join(bundle, 'address')]);
    const { status, stderr } = await shim.start('one', bundle);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^EISDIR.*\n$/);
    expect(readdirSync(shim.socketDirectory)).toEqual([]);
  });

  it('tells the log of flags it does not know, and starts all the same', async () => {
    const bundle = shim.bundle('one');
    const log = path.join(bundle, 'log');
    execFileSync('mkfifo', [log]);
    const fd = openSync(log, constants.O_RDWR | constants.O_NONBLOCK);
    const flags = ['-namespace', 'test', '-id', 'one', '-future=1', '-address', '/none.sock'];
    await shim.serverPid(addressOf(await shim.run([...flags, 'start'], bundle, shim.params('one'))));
    const line = Buffer.alloc(4096);
    expect(line.toString('utf8', 0, readSync(fd, line))).toContain(
      'msg="Ignoring unknown flags: -future=1" id=one',
    );
    closeSync(fd);
  });

  it.each([
    [['start'], 1, 'Cannot start the shim: flag "-id" is missing\n'],
    [['-id', 'one', 'start'], 1, 'Cannot start the shim: flag "-namespace" is missing\n'],
    [[], 2, 'Nothing to do: expected start, delete, -info or -v, see --help\n'],
    [['-colour'], 2, 'Unknown flag "-colour" and no action: expected start or delete, see --help\n'],
    [['stop'], 2, 'Unknown action "stop": expected start or delete, see --help\n'],
    [['-id'], 2, 'Cannot parse the command line: flag "-id" needs a value\n'],
  ])('answers %j with exit status %i and a reason', async (argv, status, stderr) => {
    expect(await shim.run(argv)).toMatchObject({ status, stderr });
  });
});

/** A descriptor may close while the list of them is read. */
function readLink(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}
