import { mkdir, mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Assets } from './assets.ts';
import { KeptFile } from './kept-file.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'wws-assets-'));
  await mkdir(path.join(root, 'public'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

const at = (name: string): string => path.join(root, 'public', name);

async function open(publicBytes = 1_000_000, settledMs = 0): Promise<Assets> {
  return await Assets.open(at(''), { publicBytes, settledMs });
}

let ticks = 0;

/** The directory's next time: two changes within one tick of a coarse clock would look like one. */
async function tick(): Promise<void> {
  ticks += 1;
  await utimes(at(''), ticks, ticks);
}

/** What a request for this path would be answered with, and whether it came from memory. */
async function read(assets: Assets, asked: string): Promise<[content: string, isKept: boolean] | undefined> {
  const asset = await assets.find(asked.split('/').filter((segment) => segment !== ''));
  if (asset === undefined) return undefined;
  if (asset instanceof KeptFile) return [asset.content.toString('latin1'), true];
  await using handle = asset.handle;
  return [await handle.readFile('latin1'), false];
}

describe('Assets.find()', () => {
  it('keeps what is small and has not changed for a while', async () => {
    await writeFile(at('small'), 'S');
    await writeFile(at('empty'), '');
    await writeFile(at('large'), Buffer.alloc(65_537));
    const assets = await open();
    const small = await assets.find(['small']);
    expect(small).toBeInstanceOf(KeptFile);
    expect(await assets.find(['small'])).toBe(small);
    expect(await read(assets, 'empty')).toEqual(['', true]);
    expect((await read(assets, 'large'))?.[1]).toBe(false);
    expect(await read(await open(1_000_000, 60_000), 'small')).toEqual(['S', false]);
    expect(await read(await open(0), 'small')).toEqual(['S', false]);
  });

  it('never answers with what a file was before the question came', async () => {
    const assets = await open();
    for (let round = 0; round < 20; round += 1) {
      const content = 'x'.repeat(round);
      if (round % 2 === 0) await writeFile(at('a'), content);
      else {
        await writeFile(at('new'), content);
        await rename(at('new'), at('a'));
      }
      const answers = await Promise.all([read(assets, 'a'), read(assets, 'a'), read(assets, 'a')]);
      expect(answers.map((answer) => answer?.[0])).toEqual([content, content, content]);
    }
    await rm(at('a'));
    expect(await read(assets, 'a')).toBeUndefined();
  });

  it('follows names to what comes first, whatever was found before', async () => {
    await mkdir(at('dir'));
    await writeFile(at('dir/index.html'), 'INDEX');
    await writeFile(at('page.html'), 'PAGE');
    const assets = await open();
    for (let round = 0; round < 2; round += 1) {
      expect(await read(assets, 'dir/')).toEqual(['INDEX', true]);
      expect(await read(assets, 'page')).toEqual(['PAGE', true]);
    }
    await writeFile(at('page'), 'ITSELF');
    expect(await read(assets, 'page')).toEqual(['ITSELF', true]);
    await rm(at('page'));
    expect(await read(assets, 'page')).toEqual(['PAGE', true]);
    await mkdir(at('page'));
    expect(await read(assets, 'page')).toBeUndefined();
    await rm(at('dir'), { recursive: true });
    await writeFile(at('dir'), 'FILE');
    expect(await read(assets, 'dir')).toEqual(['FILE', true]);
  });

  it('finds what was not there a moment ago, in the directory itself and below', async () => {
    await mkdir(at('dir'));
    const assets = await open();
    for (const name of ['a', 'b.html', 'dir/a', 'dir/b.html', 'index.html', 'É', 'C']) {
      const asked = name === 'index.html' ? '' : name.replace('.html', '');
      expect(await read(assets, asked), name).toBeUndefined();
      await writeFile(at(name), 'SOME');
      await tick();
      expect(await read(assets, asked), name).toEqual(['SOME', true]);
      await rm(at(name));
      await tick();
      expect(await read(assets, asked), name).toBeUndefined();
    }
  });

  it('asks for a directory that is not there no more often than for its parent', async () => {
    const assets = await open();
    await assets.find(['none']);
    await symlink('../secret', at('link'));
    await mkdir(path.join(root, 'secret'));
    await writeFile(path.join(root, 'secret/f'), 'SECRET');
    expect(await read(assets, 'link/f')).toBeUndefined();
    await rm(at(''), { recursive: true });
    expect(await read(assets, 'none')).toBeUndefined();
    await mkdir(at(''));
    await writeFile(at('none'), 'SOME');
    await tick();
    expect(await read(assets, 'none')).toEqual(['SOME', true]);
  });

  it('attack 45: lets no link lead outside that takes the place of a file in memory', async () => {
    await mkdir(path.join(root, 'secret'));
    await mkdir(at('dir'));
    await writeFile(path.join(root, 'secret/f'), 'SECRET');
    await writeFile(at('dir/f'), 'OPEN');
    const assets = await open();
    expect(await read(assets, 'dir/f')).toEqual(['OPEN', true]);
    await rename(at('dir'), at('real'));
    await symlink('../secret', at('dir'));
    expect(await read(assets, 'dir/f')).toBeUndefined();
    await rm(at('dir'));
    await rename(at('real'), at('dir'));
    expect(await read(assets, 'dir/f')).toEqual(['OPEN', true]);
    await rm(at('dir/f'));
    await symlink('../../secret/f', at('dir/f'));
    expect(await read(assets, 'dir/f')).toBeUndefined();
  });

  it('attack 45: does not know a file any more that was moved outside, with a link in place of its directory', async () => {
    await mkdir(at('a/b'), { recursive: true });
    await writeFile(at('a/b/f'), 'OPEN');
    const assets = await open();
    expect(await read(assets, 'a/b/f')).toEqual(['OPEN', true]);
    await rename(at('a'), path.join(root, 'outside'));
    await symlink('../outside', at('a'));
    expect(await read(assets, 'a/b/f')).toBeUndefined();
  });

  it('follows links within the directory', async () => {
    await mkdir(at('real'));
    await writeFile(at('real/f'), 'OPEN');
    await symlink('real', at('link'));
    const assets = await open();
    const kept = await assets.find(['link', 'f']);
    expect(kept).toBeInstanceOf(KeptFile);
    expect(await assets.find(['link', 'f'])).toBe(kept);
  });

  it('holds no more than it may, and longest what is asked for', async () => {
    const names = Array.from({ length: 10 }, (_, index) => `file-${index}`);
    for (const name of names) await writeFile(at(name), Buffer.alloc(10_000, name));
    const assets = await open(50_000);
    const favourite = await assets.find(['file-0']);
    for (const name of names) {
      expect((await read(assets, name))?.[0].startsWith(name)).toBe(true);
      expect(await assets.find(['file-0'])).toBe(favourite);
    }
    const first = await assets.find(['file-1']);
    expect(await assets.find(['file-1'])).toBe(first);
    for (const name of names.slice(2)) await assets.find([name]);
    expect(await assets.find(['file-1'])).not.toBe(first);
  });
});
