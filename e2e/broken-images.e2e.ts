import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Outcome } from './harness/command.ts';
import { WASM_FLAGS } from './harness/docker-cli.ts';
import type { Fixtures } from './harness/fixtures.ts';
import { get, request } from './harness/http.ts';
import { CONTAINERDS, DOCKERS, stageContainerd, stageDocker } from './harness/stages.ts';

const BASE = 'http://localhost:3000';
const PROJECT = 'docker.io/wws-e2e/broken:project';

/** What is wrong with an image whose entrypoint cannot run, and what the user is to read. */
interface BrokenEntrypoint {
  readonly title: string;
  readonly image: string;
  readonly entrypoint: string;
  readonly says: RegExp;
  readonly dockerCode: number;
}

const BROKEN: readonly BrokenEntrypoint[] = [
  {
    title: 'a missing entrypoint',
    image: 'docker.io/wws-e2e/broken:missing',
    entrypoint: '/missing.wasm',
    says: /"\/missing\.wasm".*no such file or directory/i,
    dockerCode: 127,
  },
  {
    title: 'an entrypoint that is no program',
    image: 'docker.io/wws-e2e/broken:text',
    entrypoint: '/text.txt',
    says: /"\/text\.txt".*exec format error/i,
    dockerCode: 125,
  },
  {
    title: 'a module cut short as its entrypoint',
    image: 'docker.io/wws-e2e/broken:cut',
    entrypoint: '/cut.wasm',
    says: /cut\.wasm.*offset \d+/i,
    dockerCode: 125,
  },
];

describe.each(DOCKERS)('Docker of %s and a broken image', (release) => {
  const stage = stageDocker(release);

  it.each(BROKEN)('refuses $title, says why and keeps nothing', async (broken) => {
    const { cli } = stage.daemon;
    await cli.load(await stage.machine.lend(await entrypointArchive(stage.fixtures, broken)));
    await stage.leavesNothing(async () => {
      const refused = await cli.attempt(['run', '--rm', ...WASM_FLAGS, broken.image]);
      // The container's own stderr, which comes before, may say it as well.
      const answer = /Error response from daemon: .*/s.exec(textOf(refused))?.[0];
      expect(answer).toMatch(broken.says);
      expect(refused.code).toBe(broken.dockerCode);
    });
  });

  it('serves what is sound of a project with broken parts, and logs what is broken', async () => {
    const { cli } = stage.daemon;
    await cli.load(
      await stage.machine.lend(await stage.fixtures.archive(await stage.fixtures.broken(), PROJECT)),
    );
    await stage.leavesNothing(async () => {
      await cli.run(['run', '-d', '--name', 'broken', '-p', '3000:3000', ...WASM_FLAGS, PROJECT]);
      const outside = stage.machine.networkNamespace();
      expect(await get(outside, `${BASE}/`)).toBe('javascript visits=1');
      for (const route of ['/cut', '/typo', '/settings']) {
        expect((await request(outside, { url: BASE + route })).status, route).toBe(500);
      }
      expect(await get(outside, `${BASE}/`)).toBe('javascript visits=1');
      const logs = textOf(await cli.attempt(['logs', 'broken']));
      expect(logs).toMatch(/cut\.wasm.*offset \d+/);
      expect(logs).toMatch(/typo\.js:3/);
      expect(logs).toMatch(/settings\.toml:3/);
      await cli.run(['rm', '-f', 'broken']);
    });
  });
});

describe.each(CONTAINERDS)('containerd of %s and a broken image', (release) => {
  const stage = stageContainerd(release);

  it.each(BROKEN)('refuses $title, says why and keeps nothing', async (broken) => {
    const { ctr } = stage.daemon;
    await ctr.importImage(await stage.machine.lend(await entrypointArchive(stage.fixtures, broken)));
    await stage.leavesNothing(async () => {
      const refused = await ctr.runToEnd({ image: broken.image, id: 'broken' });
      expect(refused.code).not.toBe(0);
      expect(textOf(refused)).toMatch(broken.says);
      // Releases up to 1.7 add the name of the code, as they do to what runc says.
      expect(textOf(refused)).not.toMatch(/: (invalid argument|not found)$/m);
      await ctr.discardAll();
    });
  });
});

/** An image that holds a sound command, one cut short and a text, with the entrypoint given. */
async function entrypointArchive(
  fixtures: Fixtures,
  { entrypoint, image }: BrokenEntrypoint,
): Promise<string> {
  const directory = path.join(await mkdtemp(path.join(fixtures.directory, 'entrypoint-')), 'image');
  await mkdir(directory);
  await fixtures.cutModule(path.join(directory, 'cut.wasm'));
  await writeFile(path.join(directory, 'text.txt'), 'just a text\n');
  return fixtures.archive(directory, image, ['--entrypoint', JSON.stringify([entrypoint])]);
}

function textOf({ stdout, stderr }: Outcome): string {
  return stdout + stderr;
}
