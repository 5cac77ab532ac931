import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECKOUT } from './harness/machine.ts';
import { writePlatformArchive } from './harness/platform-archive.ts';
import { CONTAINERDS, stageContainerd } from './harness/stages.ts';

const IMAGE = 'docker.io/wws-e2e/links:latest';
/** What every container's root is made of. */
const RUNTIME_ROOT = path.join(CHECKOUT, 'dist/root');

interface LinkedImage {
  readonly title: string;
  /** What `/data`, where the volume is to be mounted, leads to; `victim` is a folder outside the container. */
  readonly links: (victim: string) => Readonly<Record<string, string>>;
  /** Where that is with the image as root. */
  readonly place: (victim: string) => string;
}

const LINKED: readonly LinkedImage[] = [
  { title: 'an absolute link', links: (victim) => ({ data: victim }), place: (victim) => victim },
  {
    title: 'a relative link out of the image',
    links: (victim) => ({ data: `../../../../..${victim}` }),
    place: (victim) => victim,
  },
  {
    title: 'a chain of links',
    links: (victim) => ({ data: 'one', one: '/two', two: `three/../../..${victim}`, three: '/' }),
    place: (victim) => victim,
  },
  { title: 'a link to /etc', links: () => ({ data: '/etc' }), place: () => '/etc' },
  { title: "a link to the runtime's own files", links: () => ({ data: '../rt' }), place: () => '/rt' },
];

describe.each(CONTAINERDS)('a volume whose place in the image is a link, under ctr of %s', (release) => {
  const stage = stageContainerd(release);

  /** Offers a volume and, in the daemon's machine, a victim; proves that nothing outside has changed. */
  async function withVolume(
    { links, place }: LinkedImage,
    { placeExists }: { readonly placeExists: boolean },
    journey: (volume: string, victim: string) => Promise<void>,
  ): Promise<void> {
    const { machine, fixtures } = stage;
    const directory = await mkdtemp(path.join(machine.directory, 'links-'));
    const [victim, volume] = [path.join(directory, 'victim'), path.join(directory, 'volume')];
    for (const folder of [victim, volume]) {
      await mkdir(folder);
      await writeFile(path.join(folder, 'text'), `from ${path.basename(folder)}\n`);
    }
    const archive = path.join(directory, 'links.tar');
    await writePlatformArchive(archive, {
      platform: 'wasi/wasm',
      image: IMAGE,
      command: path.join(fixtures.command, 'command.wasm'),
      folders: placeExists ? [place(victim).slice(1)] : [],
      links: links(victim),
    });
    // Only an archive of `wasm-image` needs no flag.
    await stage.daemon.ctr.run(['images', 'import', '--all-platforms', archive]);
    const outside = async (): Promise<unknown> => [
      await readdir(victim),
      await readFile(path.join(victim, 'text'), 'utf8'),
      await readdir(machine.outside('/etc')),
      await readdir(RUNTIME_ROOT, { recursive: true }),
    ];
    const before = await outside();
    await stage.leavesNothing(async () => journey(volume, victim));
    expect(await outside()).toEqual(before);
  }

  const run = (volume: string, args: readonly string[]) =>
    stage.daemon.ctr.runToEnd({
      image: IMAGE,
      id: 'links',
      args: ['/command.wasm', ...args],
      flags: ['--mount', `type=bind,src=${volume},dst=/data,options=rbind:rw`],
    });

  it.each(LINKED)('is mounted where the link leads inside the image: $title', async (image) => {
    await withVolume(image, { placeExists: true }, async (volume, victim) => {
      for (const file of ['/data/text', `${image.place(victim)}/text`]) {
        const text = path.join(volume, 'text');
        await writeFile(text, 'from volume\n');
        expect(await run(volume, ['read', file]), file).toMatchObject({ code: 0, stdout: 'from volume\n' });
        expect(await run(volume, ['write', file]), file).toMatchObject({ code: 0, stderr: '' });
        expect(await readFile(text, 'utf8')).toBe('written\n');
      }
    });
  });

  it.each(LINKED)('is refused where the link leads to nothing inside the image: $title', async (image) => {
    await withVolume(image, { placeExists: false }, async (volume) => {
      const refused = await run(volume, ['read', '/data/text']);
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain('"/data": it is a symbolic link to something that does not exist');
      await stage.daemon.ctr.discardAll();
    });
  });
});
