import { lstat, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Member, streamOf, tarOf } from '../testing/tar.ts';
import { readTree, type Tree, tempDirectory } from '../testing/tree.ts';
import { Budget, defaultLimits, type Limits } from './budget.ts';
import { Unpacker } from './unpacker.ts';

type Layers = readonly (readonly Member[])[];

/** Unpacks into a directory inside another one, and proves that the outer one got nothing. */
async function unpack(layers: Layers, limits: Limits = defaultLimits): Promise<Tree> {
  await using directory = await tempDirectory();
  const root = path.join(directory.path, 'root');
  await mkdir(root);
  const unpacker = new Unpacker(root, new Budget(limits));
  try {
    for (const layer of layers) await unpacker.apply(streamOf(await tarOf(...layer)));
    await unpacker.checkLinks();
    return await readTree(root);
  } finally {
    const { root: _root, ...outside } = await readTree(directory.path);
    const escaped = Object.keys(outside).filter((name) => !name.startsWith('root/'));
    expect(escaped).toEqual([]);
  }
}

const file = (name: string, content = name): Member => ({ name, content });
const folder = (name: string): Member => ({ name, type: 'directory' });
const symlink = (name: string, linkname: string): Member => ({ name, type: 'symlink', linkname });
const hardlink = (name: string, linkname: string): Member => ({ name, type: 'link', linkname });

describe('Unpacker', () => {
  it('unpacks files, directories and links', async () => {
    const members = [
      folder('a/'),
      file('a/b.js', 'B'),
      symlink('c', 'a/b.js'),
      hardlink('d', 'a/b.js'),
      file('e/f/g'),
    ];
    expect(await unpack([members])).toEqual({
      'a/b.js': 'B',
      c: '->a/b.js',
      d: 'B',
      'e/f/g': 'e/f/g',
    });
  });

  it('lets a later layer replace and delete what an earlier one brought', async () => {
    const lower = [file('a/old'), file('a/keep'), file('b/x'), file('c'), folder('d/'), file('d/e')];
    const upper = [file('a/.wh.old', ''), file('c', 'new'), file('b', 'now a file'), folder('c2/')];
    expect(await unpack([lower, upper])).toEqual({
      'a/keep': 'a/keep',
      b: 'now a file',
      c: 'new',
      'c2/': '',
      'd/e': 'd/e',
    });
  });

  it('empties an opaque directory of what lower layers brought and of nothing else', async () => {
    const lower = [file('a/x'), file('a/b/y'), file('z')];
    const upper = [file('a/b/new'), file('a/.wh..wh..opq', '')];
    expect(await unpack([lower, upper])).toEqual({ 'a/b/new': 'a/b/new', z: 'z' });
  });

  it('takes the last of several entries with one name', async () => {
    const layer = [
      file('a', 'first'),
      file('a', 'second'),
      folder('b/'),
      file('b', 'file'),
      file('c'),
      folder('c/'),
    ];
    expect(await unpack([layer])).toEqual({ a: 'second', b: 'file', 'c/': '' });
  });

  it('replaces a link in place of writing through it', async () => {
    const layer = [file('real', 'untouched'), symlink('a', 'real'), file('a', 'own')];
    expect(await unpack([layer])).toEqual({ real: 'untouched', a: 'own' });
  });

  it('takes over the executable bit, and neither set-id bits nor owners', async () => {
    await using directory = await tempDirectory();
    const unpacker = new Unpacker(directory.path, new Budget());
    const members = [
      { ...file('a'), mode: 0o6777, uid: 1234 },
      { ...file('b'), mode: 0o666 },
    ];
    await unpacker.apply(streamOf(await tarOf(...members)));
    const a = await stat(path.join(directory.path, 'a'));
    expect([a.mode & 0o7000, a.mode & 0o100, a.uid]).toEqual([0, 0o100, process.getuid?.()]);
    expect((await stat(path.join(directory.path, 'b'))).mode & 0o111).toBe(0);
  });

  describe('refuses', () => {
    const hostile: readonly (readonly [string, Layers, string])[] = [
      ['a name that leads outside', [[file('../escaped')]], 'leads outside'],
      ['a name that leads outside deep inside', [[file('a/../../escaped')]], 'leads outside'],
      ['an absolute name', [[file('/escaped')]], 'absolute'],
      [
        'a PAX name that overrides a harmless one',
        [[{ ...file('ok'), pax: { path: '../escaped' } }]],
        'outside',
      ],
      ['a NUL in a PAX name', [[{ ...file('ok'), pax: { path: 'a\0b' } }]], 'NUL'],
      ['a name that is not UTF-8', [[{ ...file('ok'), pax: { path: 'a\ufffd' } }]], 'not UTF-8'],
      ['a link to the host', [[symlink('a', '/etc')]], 'absolute'],
      ['a write through a link to the host', [[symlink('a', '/tmp'), file('a/x')]], '"a" is a link'],
      ['a write through a relative link', [[symlink('a', '..'), file('a/escaped')]], '"a" is a link'],
      [
        'a write through a link of a lower layer',
        [[symlink('a', '..')], [file('a/escaped')]],
        '"a" is a link',
      ],
      ['a directory made through a link', [[symlink('a', '..'), folder('a/escaped/')]], '"a" is a link'],
      ['a chain of links that leads outside', [[symlink('a', 'b/..'), symlink('b', '..')]], 'leads outside'],
      [
        'a link that is no way out by its text',
        [[symlink('d/e/up', '..'), symlink('x', 'd/e/up/../..')]],
        'outside',
      ],
      ['a hard link to the host', [[hardlink('a', '/etc/passwd')]], 'absolute'],
      ['a hard link to the outside', [[hardlink('a', '../../etc/passwd')]], 'leads outside'],
      [
        'a hard link through a link',
        [[symlink('l', '/etc'), hardlink('a', 'l/passwd')]],
        'no file of the image',
      ],
      ['a hard link to a link', [[symlink('l', '/etc/passwd'), hardlink('a', 'l')]], 'no file of the image'],
      ['a hard link to nothing', [[hardlink('a', 'b')]], 'no file of the image'],
      ['a hard link to the root', [[hardlink('a', './')]], 'no file of the image'],
      [
        'a character device',
        [[{ name: 'a', type: 'character-device', devmajor: 1, devminor: 3 }]],
        'character-device',
      ],
      ['a block device', [[{ name: 'a', type: 'block-device', devmajor: 8 }]], 'block-device'],
      ['a fifo', [[{ name: 'a', type: 'fifo' }]], 'fifo'],
      ['a file below a file', [[file('a'), file('a/b')]], '"a" is not a directory'],
      ['a whiteout of nothing', [[file('.wh.')]], 'deletes no file'],
      ['a whiteout of its directory', [[file('a/.wh..')]], 'deletes no file'],
      ['a whiteout of the directory above', [[file('a/.wh...')]], 'deletes no file'],
      ['a sparse file', [[{ ...file('a'), pax: { 'GNU.sparse.major': '1' } }]], 'sparse'],
      ['a link with no target', [[{ name: 'a', type: 'symlink', pax: { linkpath: 'x\0y' } }]], 'no path'],
    ];
    it.each(hostile)('%s', async (_title, layers, why) => {
      const done = unpack(layers);
      await expect(done).rejects.toThrow(why);
      await expect(done).rejects.toMatchObject({ code: 'unsafe' });
    });

    it('more entries than the limit, directories it has to make included', async () => {
      const limits = { ...defaultLimits, entries: 5 };
      await expect(unpack([[file('a/b/c/d/e/f')]], limits)).rejects.toThrow('more than 5 entries');
      await expect(
        unpack(
          [
            [file('a'), file('b'), file('c')],
            [file('d'), file('e'), file('f')],
          ],
          limits,
        ),
      ).rejects.toThrow('more than 5 entries');
    });

    it('more bytes than the limit, over all layers together', async () => {
      const limits = { ...defaultLimits, bytes: 6000 };
      const layer = [file('a', 'x'.repeat(2000))];
      await expect(unpack([layer, layer], limits)).rejects.toThrow('more than 6000 bytes');
    });

    it('a size no archive can have', async () => {
      const tar = await tarOf(file('a', 'x'));
      // Base-256 form of 2^62, as GNU tar writes large sizes.
      tar.set([0x80, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0], 124);
      tar.write('        ', 148);
      const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
      tar.write(`${sum.toString(8).padStart(6, '0')} `, 148);
      await using directory = await tempDirectory();
      const done = new Unpacker(directory.path, new Budget()).apply(streamOf(tar));
      await expect(done).rejects.toThrow('Unexpected end of data');
    });

    it('a tar that ends in the middle', async () => {
      const tar = await tarOf(file('a', 'x'.repeat(3000)));
      await using directory = await tempDirectory();
      const done = new Unpacker(directory.path, new Budget()).apply(streamOf(tar.subarray(0, 1200)));
      await expect(done).rejects.toThrow('Unexpected end of data');
    });
  });

  describe('leaves what is outside alone when it deletes', () => {
    let tree: Tree;
    beforeEach(() => {
      tree = {};
    });

    it.each([
      ['a whiteout behind a link', [[file('keep/x'), symlink('l', 'keep')], [file('l/.wh.x', '')]]],
      [
        'an opaque marker behind a link',
        [[file('keep/x'), symlink('l', 'keep')], [file('l/.wh..wh..opq', '')]],
      ],
    ] satisfies [string, Layers][])('%s', async (_title, layers) => {
      tree = await unpack(layers);
      expect(tree).toEqual({ 'keep/x': 'keep/x', l: '->keep' });
    });
  });

  it('leaves no link behind that it found to lead outside unchecked', async () => {
    await using directory = await tempDirectory();
    const unpacker = new Unpacker(directory.path, new Budget());
    await unpacker.apply(streamOf(await tarOf(symlink('a', '/etc/passwd'), file('a', 'replaced'))));
    await unpacker.checkLinks();
    expect((await lstat(path.join(directory.path, 'a'))).isFile()).toBe(true);
  });
});
