import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { WASM_FLAGS } from './harness/docker-cli.ts';
import { get, request } from './harness/http.ts';
import { CHECKOUT } from './harness/machine.ts';
import { stageDocker } from './harness/stages.ts';

const IMAGE = 'docker.io/wws-e2e/planted:latest';
const BASE = 'http://localhost:3000';

/** What whoever runs it would notice. */
const TRAP = 'process.exit(9);';
const OURS = "export default () => new Response('ours');\n";

describe('attack 38 in a container: files that look like those of the runtime', () => {
  const stage = stageDocker('trixie');
  /** Names of all programs, code caches and memory images that the runtime is made of. */
  let names: readonly string[];

  beforeAll(async () => {
    const { directory } = stage.fixtures;
    const project = path.join(directory, 'planted');
    names = (await readdir(path.join(CHECKOUT, 'dist/root/rt'))).filter((name) => name.includes('.'));
    expect(names).toEqual(
      expect.arrayContaining(['worker-thread.cjs', 'worker-thread.cache', 'javascript.image']),
    );
    for (const folder of ['', 'rt', 'bin', 'data'])
      await mkdir(path.join(project, folder), { recursive: true });
    for (const name of names) {
      await writeFile(path.join(project, name), TRAP);
      await writeFile(path.join(project, 'rt', name), TRAP);
    }
    await writeFile(path.join(project, 'bin/node'), '#!/bin/sh\nexit 9\n', { mode: 0o755 });
    await writeFile(path.join(project, 'package.json'), '{"type":"module","imports":{"#x":"./rt/wws.cjs"}}');
    await writeFile(path.join(project, 'index.js'), OURS);
    await stage.fixtures.worker('plant', path.join(project, 'plant.wasm'));
    await writeFile(
      path.join(project, 'plant.toml'),
      'version = "1"\n[[folders]]\nfrom = "./data"\nto = "/data"\n',
    );
    // As a compiler to native code and V8 leave them.
    await writeFile(path.join(project, 'native.wasm'), Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0));
    await writeFile(path.join(project, 'cached.wasm'), Uint8Array.of(0xc0, 0xde, 0x0f, 0xd6, 0, 0, 0, 0));
    await stage.daemon.cli.load(await stage.machine.lend(await stage.fixtures.archive(project, IMAGE)));
  });

  it('in the image and written by a guest into its volume are never run, also after a restart', async () => {
    const { cli } = stage.daemon;
    const outside = stage.machine.networkNamespace();
    await stage.leavesNothing(async () => {
      const volume = await mkdtemp(path.join(stage.machine.directory, 'volume-'));
      await cli.run([
        'run',
        '-d',
        '--name',
        'planted',
        ...WASM_FLAGS,
        '-p',
        '3000:3000',
        '-v',
        `${volume}:/data`,
        IMAGE,
      ]);
      expect(await get(outside, `${BASE}/`)).toBe('ours');
      const planted = [...names, 'node_modules/undici/index.js', '.cache/wws/worker-thread.cjs', 'evil.js'];
      for (const name of planted) {
        const answer = await request(outside, { url: `${BASE}/plant?${name}`, method: 'POST', body: TRAP });
        expect(answer).toMatchObject({ status: 200, body: 'written' });
      }
      expect((await readdir(volume)).length).toBeGreaterThan(names.length);
      await cli.run(['restart', 'planted']);
      for (let turn = 0; turn < 3; turn++) expect(await get(outside, `${BASE}/`)).toBe('ours');
      for (const target of ['/data/evil', '/data/evil.js', '/evil', '/rt/wws']) {
        expect((await request(outside, { url: BASE + target })).status).toBe(404);
      }
      await cli.run(['rm', '-f', 'planted']);
      await rm(volume, { recursive: true });
    });
  });

  it('are refused as workers when they are native code or a cache of the engine', async () => {
    const { cli } = stage.daemon;
    const outside = stage.machine.networkNamespace();
    await stage.leavesNothing(async () => {
      await cli.run(['run', '-d', '--name', 'native', ...WASM_FLAGS, '-p', '3000:3000', IMAGE]);
      for (const name of ['native', 'cached']) {
        expect((await request(outside, { url: `${BASE}/${name}` })).status).toBe(500);
      }
      const { stderr } = await cli.attempt(['logs', 'native']);
      for (const name of ['native', 'cached']) {
        expect(stderr).toContain(`Cannot load worker "${name}.wasm": expected magic word`);
      }
      expect(await get(outside, `${BASE}/`)).toBe('ours');
      await cli.run(['rm', '-f', 'native']);
    });
  });
});
