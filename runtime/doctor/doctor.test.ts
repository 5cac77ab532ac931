import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createHttp2, type ServerHttp2Stream } from 'node:http2';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check, CheckGroup } from './check.ts';
import { askContainerd, askDocker } from './sockets.ts';
import { wasmChecks } from './wasm-checks.ts';

let place: string;
let child: ChildProcess | undefined;

beforeEach(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'wws-doctor-'));
});

afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(place, { recursive: true });
});

async function doctor(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: unknown; stdout: string }> {
  const main = path.join(import.meta.dirname, '../main.ts');
  const node = ['--disable-warning=ExperimentalWarning', main, 'doctor', ...args];
  const started = spawn(process.execPath, node, {
    env: { PATH: '/usr/bin', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = started;
  const [[code], stdout] = await Promise.all([once(started, 'exit'), text(started.stdout)]);
  return { code, stdout };
}

async function checks(environment: Readonly<Record<string, string>> = {}): Promise<readonly Check[]> {
  const { stdout } = await doctor(['--json'], environment);
  return (JSON.parse(stdout).groups as CheckGroup[]).flatMap((group) => group.checks);
}

describe('wws doctor', () => {
  it('finds this machine able to serve, and says what to do about the rest', async () => {
    const { code, stdout } = await doctor([]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}ok {4}Node +26\./m);
    expect(stdout).toMatch(/^ {2}ok {4}Paths resolved by the kernel \(openat2\) +works$/m);
    expect(stdout).toMatch(/^ {2}ok {4}Memory by copy on write \(memfd, mmap\) +works$/m);
    expect(stdout).toMatch(/^(All is well|wws works here; .*)$/m);
    expect(stdout).not.toContain('\x1b');
  });

  it('says the same as JSON, with advice wherever something is to be done', async () => {
    const all = await checks();
    expect(all.length).toBeGreaterThan(10);
    for (const { status, advice } of all) expect(advice === undefined).toBe(status === 'ok');
  });

  it('asks the Docker of DOCKER_HOST whether its images lie in containerd', async () => {
    const socket = path.join(place, 'docker.sock');
    let driver: unknown = [['driver-type', 'io.containerd.snapshotter.v1']];
    const server = createServer((_request, response) => {
      response.end(JSON.stringify({ ServerVersion: '28.1', DriverStatus: driver }));
    }).listen(socket);
    await once(server, 'listening');
    expect(await askDocker(socket)).toEqual({ version: '28.1', hasImageStore: true });
    driver = [['Backing Filesystem', 'extfs']];
    const docker = (await checks({ DOCKER_HOST: `unix://${socket}` })).find(({ name }) => name === 'Docker');
    server.close();
    expect(docker).toMatchObject({
      status: 'warn',
      found: `28.1 at ${socket}, without the containerd image store`,
      advice: expect.stringContaining('containerd-snapshotter'),
    });
  });

  it('takes an answer that is none for none', async () => {
    const socket = path.join(place, 'x.sock');
    const server = createServer((_request, response) => response.end('{}')).listen(socket);
    await once(server, 'listening');
    await expect(askDocker(socket)).rejects.toThrow('it does not answer as Docker does');
    await expect(askContainerd(socket)).rejects.toThrow();
    server.close();
    await expect(askDocker(path.join(place, 'gone.sock'))).rejects.toThrow(/ENOENT/);
  });

  it('asks a containerd for its version', async () => {
    const socket = path.join(place, 'containerd.sock');
    const server = createHttp2();
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, 8, 0x0a, 6]), Buffer.from('v2.1.0')]));
    });
    server.listen(socket);
    await once(server, 'listening');
    expect(await askContainerd(socket)).toBe('v2.1.0');
    server.close();
  });
});

describe('wasmChecks()', () => {
  it('finds every proposal in the Node that is pinned', () => {
    expect(wasmChecks().map(({ status }) => status)).toEqual(['ok', 'ok']);
  });
});
