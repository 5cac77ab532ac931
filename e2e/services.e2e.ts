import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '#runtime/kv/testdata/redis-server.ts';
import { WASM_FLAGS } from './harness/docker-cli.ts';
import { IMAGES } from './harness/fixtures.ts';
import { get, request } from './harness/http.ts';
import { DOCKERS, stageDocker } from './harness/stages.ts';

const IMAGE = 'docker.io/wws-e2e/services:latest';
const BASE = 'http://localhost:3000';

/** Asks for the URL in the query, and passes on what comes or why nothing does. */
const ASK = `export default async (request) => {
  const url = new URL(request.url).searchParams.get('url');
  try {
    return new Response(await (await fetch(url)).text());
  } catch (error) {
    return new Response(error.message, { status: 502 });
  }
};
`;
const ASK_CONFIG = `version = "1"
[features.http_requests]
allowed_hosts = ["upstream", "localhost", "127.0.0.1", "169.254.169.254"]
allow_http = true
`;

const COUNT = `export default () => {
  const count = Number(Cache.get('count') ?? 0) + 1;
  Cache.set('count', count);
  return new Response(String(count));
};
`;
const COUNT_CONFIG = 'version = "1"\n[data.kv]\nnamespace = "counters"\nconsistency = "serial"\n';

describe.each(DOCKERS)('what workers reach from a container, under Docker of %s', (release) => {
  const stage = stageDocker(release);

  beforeAll(async () => {
    const project = path.join(stage.fixtures.directory, 'services');
    await mkdir(project);
    await writeFile(path.join(project, 'ask.js'), ASK);
    await writeFile(path.join(project, 'ask.toml'), ASK_CONFIG);
    await writeFile(path.join(project, 'count.js'), COUNT);
    await writeFile(path.join(project, 'count.toml'), COUNT_CONFIG);
    await stage.daemon.cli.load(await stage.machine.lend(await stage.fixtures.archive(project, IMAGE)));
  });

  const run = (name: string, ...flags: string[]): string[] => {
    return ['run', '-d', '--name', name, ...WASM_FLAGS, ...flags];
  };

  const asked = (url: string): string => `${BASE}/ask?url=${encodeURIComponent(url)}`;

  it('sends requests to another container by its name', async () => {
    const { cli } = stage.daemon;
    await stage.leavesNothing(async () => {
      await cli.run(['network', 'create', 'shop']);
      await cli.run([...run('upstream', '--network', 'shop'), IMAGES.hello]);
      await cli.run([...run('asker', '--network', 'shop', '-p', '3000:3000'), IMAGE]);
      const outside = stage.machine.networkNamespace();
      expect(await get(outside, asked('http://upstream:3000/count'))).toBe('wasm visits=1');
      await cli.run(['rm', '-f', 'asker', 'upstream']);
      await cli.run(['network', 'rm', 'shop']);
    });
  });

  it('reaches loopback and metadata only when the operator says so, and tells which setting that is', async () => {
    const { cli } = stage.daemon;
    const outside = stage.machine.networkNamespace();
    await stage.leavesNothing(async () => {
      await cli.run([...run('asker', '-p', '3000:3000'), IMAGE]);
      for (const host of ['localhost:3000', '127.0.0.1:3000', '169.254.169.254']) {
        expect(await request(outside, { url: asked(`http://${host}/count`) })).toMatchObject({
          status: 502,
          body: expect.stringContaining('[Not allowed]'),
        });
      }
      const { stderr } = await cli.attempt(['logs', 'asker']);
      for (const group of ['loopback', 'metadata']) {
        expect(stderr).toContain(`with --egress ${group} (annotation wws.egress)`);
      }
      await cli.run(['rm', '-f', 'asker']);

      await cli.run([...run('asker', '-p', '3000:3000', '--annotation', 'wws.egress=loopback'), IMAGE]);
      expect(await get(outside, asked('http://localhost:3000/count'))).toBe('1');
      await cli.run(['rm', '-f', 'asker']);
    });
  });

  it('keeps what workers store in a file on a volume, over restarts', async () => {
    const { cli } = stage.daemon;
    const outside = stage.machine.networkNamespace();
    const volume = await mkdtemp(path.join(stage.machine.directory, 'store-'));
    await stage.leavesNothing(async () => {
      const flags = ['-p', '3000:3000', '-v', `${volume}:/data`, '-e', 'WWS_KV=file:/data/kv.db'];
      await cli.run([...run('counter', ...flags), IMAGE]);
      expect(await get(outside, `${BASE}/count`)).toBe('1');
      expect(await get(outside, `${BASE}/count`)).toBe('2');
      await cli.run(['kill', 'counter']);
      await cli.exited('counter');
      await cli.run(['start', 'counter']);
      expect(await get(outside, `${BASE}/count`)).toBe('3');
      // Ended in order, it leaves one file, which is the volume's.
      await cli.run(['stop', 'counter']);
      expect(await readdir(volume)).toEqual(['kv.db']);
      await rm(path.join(volume, 'kv.db'));
      await cli.run(['rm', 'counter']);
    });
  });

  it('shares what workers store in Redis, loses nothing of it, and counts it for Prometheus', async () => {
    const { cli } = stage.daemon;
    const outside = stage.machine.networkNamespace();
    // Docker keeps what it makes for the first container on the host's network.
    await cli.run(['run', '--rm', ...WASM_FLAGS, '--network', 'host', IMAGES.command, 'exit', '0']);
    await stage.leavesNothing(async () => {
      await using redis = await RedisServer.start({ networkNamespace: outside });
      const store = `wws.kv=redis://127.0.0.1:${redis.port}?prefix=shop`;
      const flags = ['--network', 'host', '--annotation', store];
      const metrics = ['--annotation', 'wws.metrics=127.0.0.1:9100'];
      await cli.run([...run('one', ...flags, ...metrics), IMAGE]);
      await cli.run([...run('two', ...flags), IMAGE, '--port', '3001']);
      const ports = Array.from({ length: 10 }, (_, index) => 3000 + (index % 2));
      const counts = await Promise.all(
        ports.map((port) => get(outside, `http://localhost:${port}/count`).then(Number)),
      );
      expect(counts.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      const figures = await get(outside, 'http://127.0.0.1:9100/metrics');
      expect(figures).toMatch(/^wws_requests_total\{worker="count\.js",outcome="answered",class="2xx"\} 5$/m);
      await cli.run(['rm', '-f', 'one', 'two']);
    });
  });
});
