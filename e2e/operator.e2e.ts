import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { WASM_FLAGS } from './harness/docker-cli.ts';
import { get, request } from './harness/http.ts';
import { CONTAINERDS, DOCKERS, stageContainerd, stageDocker } from './harness/stages.ts';

const IMAGE = 'docker.io/wws-e2e/operator:latest';
const BASE = 'http://localhost:3000';

/** Needs more memory than a worker has by itself. */
const LARGE =
  'export default { fetch: () => new Response(String(new Uint8Array(300 * 1024 ** 2).length)) };\n';
const ENDLESS = 'export default { fetch() { for (;;); } };\n';

async function makeProject(directory: string): Promise<string> {
  const project = path.join(directory, 'operator');
  await mkdir(project);
  await writeFile(path.join(project, 'large.js'), LARGE);
  await writeFile(path.join(project, 'endless.js'), ENDLESS);
  return project;
}

describe.each(CONTAINERDS)('containerd of %s and what its operator sets', (release) => {
  const stage = stageContainerd(release);

  beforeAll(async () => {
    const project = await makeProject(stage.fixtures.directory);
    await stage.daemon.ctr.importImage(
      await stage.machine.lend(await stage.fixtures.archive(project, IMAGE)),
    );
  });

  it('gives workers by annotations of the specification what they do not have by themselves', async () => {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      for (const [id, flags, status] of [
        ['plain', [], 500],
        ['generous', ['--annotation', 'wws.limit.memory=1GiB'], 200],
      ] as const) {
        await ctr.start({ image: IMAGE, id, flags });
        const own = stage.machine.networkNamespace(await ctr.pid(id));
        expect((await request(own, { url: `${BASE}/large` })).status).toBe(status);
        await ctr.kill(id, 'SIGTERM');
        await ctr.stopped(id);
        expect(await ctr.remove(id)).toBe(0);
      }
    });
  });

  it('passes over annotations of others, as CRI writes them on every container', async () => {
    const { ctr } = stage.daemon;
    const others = [
      'io.kubernetes.cri.container-name=shop',
      'wwsx.limit=1',
      'com.example/wws.panel=0.0.0.0:9',
    ];
    const flags = others.flatMap((annotation) => ['--annotation', annotation]);
    await stage.leavesNothing(async () => {
      await ctr.start({ image: IMAGE, id: 'named', flags });
      const own = stage.machine.networkNamespace(await ctr.pid('named'));
      expect((await request(own, { url: `${BASE}/nothing` })).status).toBe(404);
      await ctr.kill('named', 'SIGTERM');
      await ctr.stopped('named');
      expect(await ctr.remove('named')).toBe(0);
    });
  });

  it('refuses an annotation that makes no sense by its name, and keeps nothing', async () => {
    const { ctr } = stage.daemon;
    await stage.leavesNothing(async () => {
      const flags = ['--annotation', 'wws.limit.memory=much'];
      const refused = await ctr.runToEnd({ image: IMAGE, id: 'refused', flags });
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain(
        'Cannot use annotation "wws.limit.memory": a size such as "64 MiB" is needed, not "much"',
      );
    });
  });
});

describe.each(DOCKERS)('Docker of %s and what its operator sets', (release) => {
  const stage = stageDocker(release);

  beforeAll(async () => {
    const project = await makeProject(stage.fixtures.directory);
    await stage.daemon.cli.load(await stage.machine.lend(await stage.fixtures.archive(project, IMAGE)));
  });

  const run = (name: string, ...flags: string[]): string[] => {
    return ['run', '-d', '--name', name, ...WASM_FLAGS, '-p', '3000:3000', ...flags];
  };

  it('gives workers by annotations what they do not have by themselves', async () => {
    const { cli } = stage.daemon;
    const outside = stage.machine.networkNamespace();
    await stage.leavesNothing(async () => {
      await cli.run([...run('plain'), IMAGE]);
      expect((await request(outside, { url: `${BASE}/large` })).status).toBe(500);
      await cli.run(['rm', '-f', 'plain']);

      const limits = ['limit.memory=1GiB', 'limit.time=4s', 'log=json'];
      const flags = limits.flatMap((setting) => ['--annotation', `wws.${setting}`]);
      await cli.run([...run('generous', ...flags), IMAGE]);
      expect(await get(outside, `${BASE}/large`)).toBe(String(300 * 1024 ** 2));
      expect((await request(outside, { url: `${BASE}/endless` })).status).toBe(504);
      await cli.run(['stop', 'generous']);
      const { stderr } = await cli.attempt(['logs', 'generous']);
      const entries = stderr
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(entries).toContainEqual(
        expect.objectContaining({ type: 'access', target: '/endless', status: 504 }),
      );
      await cli.run(['rm', 'generous']);
    });
  });

  it('opens the panel by an annotation, for who knows its token', async () => {
    const { cli } = stage.daemon;
    const outside = stage.machine.networkNamespace();
    const token = 'a-token-of-the-operator';
    const settings = ['panel=0.0.0.0:9090', `panel-token=${token}`];
    const flags = settings.flatMap((setting) => ['--annotation', `wws.${setting}`]);
    await stage.leavesNothing(async () => {
      await cli.run([...run('panel', ...flags), '-p', '127.0.0.1:9090:9090', IMAGE]);
      expect((await request(outside, { url: `${BASE}/nothing` })).status).toBe(404);
      const panel = 'http://127.0.0.1:9090';
      expect(await get(outside, `${panel}/`)).toContain('<title>wws panel</title>');
      const url = `${panel}/_api/v1/requests`;
      expect((await request(outside, { url })).status).toBe(401);
      const seen = await request(outside, { url, headers: { authorization: `Bearer ${token}` } });
      expect(JSON.parse(seen.body)).toMatchObject({ requests: [{ target: '/nothing', status: 404 }] });
      await cli.run(['stop', 'panel']);
      const { stderr } = await cli.attempt(['logs', 'panel']);
      expect(stderr).toContain('Panel: http://127.0.0.1:9090/\n');
      expect(stderr).not.toContain(token);
      await cli.run(['rm', 'panel']);
    });
  });

  it.each([
    ['wws.limit.memory=much', 'annotation "wws.limit.memory": a size such as "64 MiB" is needed, not "much"'],
    ['wws.limits.memory=1GiB', 'annotation "wws.limits.memory": there is no such setting'],
    ['wws.egress=everything', 'annotation "wws.egress": "everything" is no group of addresses'],
  ])('refuses the annotation %s by its name and keeps nothing', async (annotation, message) => {
    const { cli } = stage.daemon;
    await stage.leavesNothing(async () => {
      const refused = await cli.attempt(['run', '--rm', ...WASM_FLAGS, '--annotation', annotation, IMAGE]);
      expect(refused.stderr).toContain(`Cannot use ${message}`);
      expect(refused.code).toBe(125);
    });
  });

  it('takes from arguments and variables only what gives no rights', async () => {
    const { cli } = stage.daemon;
    const outside = stage.machine.networkNamespace();
    await stage.leavesNothing(async () => {
      await cli.run([...run('lowly', '-e', 'WWS_PREFIX=/v1', '-e', 'WWS_LIMIT=memory=1GiB'), IMAGE]);
      expect((await request(outside, { url: `${BASE}/v1/large` })).status).toBe(500);
      await cli.run(['rm', '-f', 'lowly']);

      const greedy = await cli.attempt(['run', '--rm', ...WASM_FLAGS, IMAGE, '--limit', 'memory=1GiB']);
      expect(greedy.stderr).toContain(
        'Cannot use argument "--limit": arguments of a container may be --port',
      );
      expect(greedy.code).not.toBe(0);
    });
  });
});
