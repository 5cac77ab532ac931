import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { WASM_FLAGS } from './harness/docker-cli.ts';
import { IMAGES } from './harness/fixtures.ts';
import { get } from './harness/http.ts';
import { kitProject } from './harness/kit-workers.ts';
import { stageDocker } from './harness/stages.ts';

const IMAGE = 'docker.io/wws-e2e/kits:latest';
const BASE = 'http://localhost:3000';

describe('workers of both kits in one container', () => {
  const stage = stageDocker('forky');

  beforeAll(async () => {
    const project = path.join(stage.fixtures.directory, 'kits');
    await mkdir(project);
    await kitProject('go', 'prepared', project);
    await kitProject('rust', 'command', project);
    await stage.daemon.cli.load(await stage.machine.lend(await stage.fixtures.archive(project, IMAGE)));
  });

  it('have K/V, vars, parameters, folders and requests, and share a namespace', async () => {
    const { cli } = stage.daemon;
    const outside = stage.machine.networkNamespace();
    await stage.leavesNothing(async () => {
      await cli.run(['network', 'create', 'kits']);
      const run = (name: string) => ['run', '-d', '--name', name, '--network', 'kits', ...WASM_FLAGS];
      await cli.run([...run('upstream'), IMAGES.hello]);
      await cli.run([...run('kits'), '-p', '3000:3000', IMAGE]);
      for (const [index, kit] of ['go-prepared', 'rust-command'].entries()) {
        const ask = (route: string): Promise<string> => get(outside, `${BASE}/${kit}/${route}`);
        expect(await ask('kv')).toBe(String(2 * index + 1));
        expect(await ask('kv')).toBe(String(2 * index + 2));
        expect(await ask('env')).toBe('good day');
        expect(await ask('users/7')).toBe('7');
        expect(await ask('folder')).toBe('a note');
        expect(await ask('http')).toBe('javascript visits=1');
      }
      await cli.run(['rm', '-f', 'kits', 'upstream']);
      await cli.run(['network', 'rm', 'kits']);
    });
  });
});
