import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { WASM_FLAGS } from './harness/docker-cli.ts';
import { doctorCheck } from './harness/doctor.ts';
import { dockerfile } from './harness/fixtures.ts';
import { get, request } from './harness/http.ts';
import { DOCKERS, stageDocker } from './harness/stages.ts';

const PROJECT = 'wws-e2e/hello';
const BASE = 'http://localhost:3000';
/** Built by the docker engine itself. */
const BUILD = ['buildx', 'build', '--platform', 'wasi/wasm', '--provenance=false'];

describe.each(DOCKERS)('Docker of %s', (release) => {
  const stage = stageDocker(release);

  async function startProject(name: string, flags: readonly string[] = [], image = PROJECT): Promise<void> {
    await stage.daemon.cli.run(['run', '-d', '--name', name, ...WASM_FLAGS, ...flags, image]);
  }

  it('serves a project on a published port, stops it by SIGTERM alone with exit code 0, and keeps nothing', async () => {
    const { cli } = stage.daemon;
    await stage.leavesNothing(async () => {
      await startProject('web', ['-p', '3000:3000']);
      const outside = stage.machine.networkNamespace();
      for (let round = 0; round < 3; round++) {
        expect(await get(outside, `${BASE}/`)).toBe('javascript visits=1');
        expect(await get(outside, `${BASE}/count`)).toBe('wasm visits=1');
      }
      expect(JSON.parse(await get(outside, `${BASE}/users/7`))).toEqual({ id: '7', greeting: 'Welcome' });
      expect((await request(outside, { url: `${BASE}/missing` })).status).toBe(404);
      await cli.run(['stop', 'web']);
      expect(await cli.state('web')).toMatchObject({ Status: 'exited', ExitCode: 0, Error: '' });
      expect(await cli.signalsSentTo('web')).toEqual([15]);
      await cli.run(['rm', 'web']);
    });
  });

  it('is found by "wws doctor", with its image store', async () => {
    const { cli } = stage.daemon;
    const version = (await cli.run(['version', '--format', '{{.Server.Version}}'])).trim();
    const check = await doctorCheck(stage.machine, 'Docker', { DOCKER_HOST: cli.host });
    const found = `${version} at ${cli.host.slice('unix://'.length)}, with the containerd image store`;
    expect(check).toEqual({ name: 'Docker', status: 'ok', found });
  });

  it('shows what a worker writes to stderr in "docker logs"', async () => {
    const { cli } = stage.daemon;
    await startProject('talking', ['-p', '3000:3000']);
    await get(stage.machine.networkNamespace(), `${BASE}/`);
    await get(stage.machine.networkNamespace(), `${BASE}/count`);
    await cli.run(['stop', 'talking']);
    const { stdout, stderr } = await cli.attempt(['logs', 'talking']);
    expect(stdout + stderr).toContain('index.js saw GET');
    expect(stdout + stderr).toContain('count.wasm read a request');
  });

  it('says wasi and wasm of the image', async () => {
    const platform = await stage.daemon.cli.run([
      ...['image', 'inspect', '--format', '{{.Os}}/{{.Architecture}}', PROJECT],
    ]);
    expect(platform).toBe('wasi/wasm');
  });

  it('gives a worker the folder that -v mounts', async () => {
    const folder = path.join(stage.machine.directory, 'volume');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'note.txt'), 'the note in the volume\n');
    await stage.leavesNothing(async () => {
      await startProject('volume', ['-p', '3000:3000', '-v', `${folder}:/data`]);
      expect(await get(stage.machine.networkNamespace(), `${BASE}/note`)).toBe('the note in the volume');
      await stage.daemon.cli.run(['rm', '-f', 'volume']);
    });
  });

  it('runs a project that buildx has built from a Dockerfile', async () => {
    const { cli } = stage.daemon;
    const context = await stage.machine.lend(stage.fixtures.hello);
    const file = await stage.machine.lend(dockerfile('project'));
    await cli.run([...BUILD, '-t', 'wws-e2e/buildx', '-f', file, context]);
    await startProject('built', ['-p', '3000:3000'], 'wws-e2e/buildx');
    const outside = stage.machine.networkNamespace();
    expect(await get(outside, `${BASE}/`)).toBe('javascript visits=1');
    expect(await get(outside, `${BASE}/count`)).toBe('wasm visits=1');
    await cli.run(['stop', 'built']);
    expect(await cli.state('built')).toMatchObject({ ExitCode: 0 });
  });

  it('runs a command that buildx has built, prints its output and passes its exit code on', async () => {
    const { cli } = stage.daemon;
    const context = await stage.machine.lend(stage.fixtures.command);
    const file = await stage.machine.lend(dockerfile('command'));
    await cli.run([...BUILD, '-t', 'wws-e2e/buildx-command', '-f', file, context]);
    await stage.leavesNothing(async () => {
      const shown = await cli.run(['run', '--rm', ...WASM_FLAGS, 'wws-e2e/buildx-command', 'show', 'a b']);
      expect(shown.split('\n').slice(0, 3)).toEqual(['arg /command.wasm', 'arg show', 'arg a b']);
      const left = await cli.attempt(['run', '--rm', ...WASM_FLAGS, 'wws-e2e/buildx-command', 'exit', '7']);
      expect(left).toMatchObject({ code: 7, stdout: '' });
      expect(left.stderr).toContain('leaving with 7');
    });
  });

  it('restarts a container that was stopped', async () => {
    const { cli } = stage.daemon;
    await startProject('again', ['-p', '3000:3000']);
    await cli.run(['restart', 'again']);
    expect(await get(stage.machine.networkNamespace(), `${BASE}/`)).toBe('javascript visits=1');
    await cli.run(['stop', 'again']);
    expect(await cli.state('again')).toMatchObject({ ExitCode: 0 });
  });

  it('reports memory and processes in "docker stats" and "docker top"', async () => {
    const { cli } = stage.daemon;
    await startProject('measured');
    const stats = JSON.parse(await cli.run(['stats', '--no-stream', '--format', '{{json .}}', 'measured']));
    expect(stats.MemUsage).toMatch(/^[1-9][\d.]*MiB /);
    expect(Number(stats.PIDs)).toBeGreaterThan(0);
    expect(await cli.run(['top', 'measured'])).toContain(String((await cli.state('measured')).Pid));
  });
});
