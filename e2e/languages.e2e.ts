import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WASM_FLAGS } from './harness/docker-cli.ts';
import { IMAGES } from './harness/fixtures.ts';
import { get } from './harness/http.ts';
import { languageProject } from './harness/language-project.ts';
import { type Ask, FEATURES, LANGUAGES } from './harness/language-table.ts';
import { expectNothingLeft, type Inventory, takeInventory } from './harness/leaks.ts';
import { stageDocker } from './harness/stages.ts';
import { Wws } from './harness/wws.ts';

const IMAGE = 'docker.io/wws-e2e/languages:latest';

const CELLS = LANGUAGES.flatMap((language) =>
  FEATURES.map((feature) => ({ title: `${language.name}: ${feature.name}`, language, feature })),
);

/** A test for each cell of the table in README.md, and one for what the languages have together. */
function describeTable(ask: Ask, upstream: string): void {
  it.each(CELLS)('$title', async ({ language, feature }) => {
    await feature.holds(ask, language.folder, upstream);
  });

  it('all languages count on in one K/V namespace', async () => {
    const counts: number[] = [];
    for (const { folder } of LANGUAGES) counts.push(Number(await ask(`${folder}/kv`)));
    const [first = 0] = counts;
    expect(counts).toEqual(LANGUAGES.map((_, index) => first + index));
  });
}

describe('workers of all languages in one container, under Docker of forky', () => {
  const stage = stageDocker('forky', 'all tests');
  let before: Inventory;

  beforeAll(async () => {
    const { cli } = stage.daemon;
    const project = path.join(stage.fixtures.directory, 'languages');
    await mkdir(project);
    await languageProject(project);
    await cli.load(await stage.machine.lend(await stage.fixtures.archive(project, IMAGE)));
    before = await takeInventory(stage.machine, stage.daemon);
    await cli.run(['network', 'create', 'languages']);
    const run = (name: string) => ['run', '-d', '--name', name, '--network', 'languages', ...WASM_FLAGS];
    await cli.run([...run('upstream'), IMAGES.hello]);
    await cli.run([...run('languages'), '-p', '3000:3000', IMAGE]);
  });

  describeTable(
    (route) => get(stage.machine.networkNamespace(), `http://localhost:3000/${route}`),
    'javascript visits=1',
  );

  it('which ends and leaves nothing behind', async () => {
    const { cli } = stage.daemon;
    await cli.run(['stop', 'languages']);
    expect(await cli.state('languages')).toMatchObject({ Status: 'exited', ExitCode: 0 });
    await cli.run(['rm', '-f', 'languages', 'upstream']);
    await cli.run(['network', 'rm', 'languages']);
    await expectNothingLeft(stage.machine, before, stage.daemon);
  });
});

describe('workers of all languages, by wws', () => {
  const upstream = createServer((_, response) => response.end('from loopback'));
  let project: string;
  let wws: Wws;

  beforeAll(async () => {
    project = await mkdtemp(path.join(tmpdir(), 'wws-languages-'));
    upstream.listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const { port } = upstream.address() as AddressInfo;
    await languageProject(project, `http://127.0.0.1:${port}/`);
    wws = await Wws.serve(project, '--egress', 'loopback');
  });

  afterAll(async () => {
    await wws?.[Symbol.asyncDispose]();
    upstream.close();
    await rm(project, { recursive: true });
  });

  describeTable(async (route) => {
    const response = await fetch(`${wws.url}/${route}`);
    const body = await response.text();
    if (!response.ok) throw new Error(`Cannot GET "${route}": status ${response.status}: ${body}`);
    return body;
  }, 'from loopback');
});
