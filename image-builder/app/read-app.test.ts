import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Tree, tempDirectory, writeTree } from '../testing/tree.ts';
import { type AppContent, readApp } from './read-app.ts';

async function read(tree: Tree): Promise<AppContent> {
  await using directory = await tempDirectory();
  await writeTree(directory.path, tree);
  return await readApp(directory.path);
}

describe('readApp()', () => {
  it('lists parents first, by the bytes of their paths', async () => {
    const { entries } = await read({
      'a/b': '',
      'a.js': '',
      'a-b': '',
      é: '',
      Z: '',
      'a/c/': '',
      '\u{1f600}': '',
    });
    expect(entries.map((entry) => entry.path)).toEqual([
      'Z',
      'a',
      'a-b',
      'a.js',
      'a/b',
      'a/c',
      'é',
      '\u{1f600}',
    ]);
  });

  it('keeps dot files and leaves out .git and node_modules at any depth', async () => {
    const { entries, leftOut } = await read({
      '.wws.toml': '',
      '.wws/runtimes/x.wasm': '',
      '.git/config': '',
      'lib/node_modules/a/index.js': '',
      'lib/.git': 'gitdir: elsewhere',
      'node_modules.js': '',
    });
    expect(leftOut).toEqual(['.git', 'lib/.git', 'lib/node_modules']);
    expect(entries.map((entry) => entry.path)).toEqual([
      '.wws',
      '.wws.toml',
      '.wws/runtimes',
      '.wws/runtimes/x.wasm',
      'lib',
      'node_modules.js',
    ]);
  });

  it('knows kinds, sizes, link targets and who is executable', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'a.js': 'hello', run: '#!', link: '->a.js', 'd/': '' });
    await chmod(path.join(directory.path, 'run'), 0o710);
    expect((await readApp(directory.path)).entries).toEqual([
      { kind: 'file', path: 'a.js', source: path.join(directory.path, 'a.js'), size: 5, executable: false },
      { kind: 'directory', path: 'd' },
      { kind: 'link', path: 'link', target: 'a.js' },
      { kind: 'file', path: 'run', source: path.join(directory.path, 'run'), size: 2, executable: true },
    ]);
  });

  it('leaves out the one file it is told to', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { 'a.js': '', 'a.tar': '' });
    const { entries } = await readApp(directory.path, { exclude: path.join(directory.path, 'a.tar') });
    expect(entries.map((entry) => entry.path)).toEqual(['a.js']);
  });

  it('warns of names that differ only in case', async () => {
    const { warnings } = await read({ 'Index.js': '', 'index.js': '', other: '' });
    expect(warnings).toEqual(['"Index.js" and "index.js" differ only in case']);
  });

  it.each([
    ['an absolute link', { 'a/l': '->/etc/passwd' }, 'Cannot add "a/l"', 'absolute'],
    ['a link to the outside', { 'a/l': '->../../x' }, 'Cannot add "a/l"', 'leads outside'],
    ['a name layers use for deletions', { 'a/.wh.b': '' }, 'Cannot add "a/.wh.b"', 'deletes a file'],
    ['an empty directory', {}, 'Cannot build from', 'nothing in it'],
    ['a directory with nothing but .git', { '.git/config': '' }, 'Cannot build from', 'nothing in it'],
  ])('refuses %s', async (_title, tree: Tree, where, why) => {
    await expect(read(tree)).rejects.toMatchObject({ code: 'app-invalid' });
    await expect(read(tree)).rejects.toThrow(where);
    await expect(read(tree)).rejects.toThrow(why);
  });

  it('refuses a fifo with its path', async () => {
    await using directory = await tempDirectory();
    await promisify(execFile)('mkfifo', [path.join(directory.path, 'pipe')]);
    await expect(readApp(directory.path)).rejects.toThrow('Cannot add "pipe": it is a fifo');
  });

  it('refuses a socket with its path', async () => {
    await using directory = await tempDirectory();
    const server = createServer().listen(path.join(directory.path, 's'));
    await once(server, 'listening');
    try {
      await expect(readApp(directory.path)).rejects.toThrow('Cannot add "s": it is a socket');
    } finally {
      server.close();
    }
  });

  it('refuses a name that is not UTF-8', async () => {
    await using directory = await tempDirectory();
    const name = Buffer.concat([Buffer.from(`${directory.path}/caf`), Buffer.from([0xe9])]);
    await writeFile(name, '');
    await expect(readApp(directory.path)).rejects.toThrow('its name is not UTF-8');
  });

  it('says that a directory is missing, or none', async () => {
    await using directory = await tempDirectory();
    await writeTree(directory.path, { file: '' });
    const missing = readApp(path.join(directory.path, 'nope'));
    await expect(missing).rejects.toMatchObject({ code: 'not-found' });
    await expect(missing).rejects.toThrow('no such directory');
    await expect(readApp(path.join(directory.path, 'file'))).rejects.toThrow('not a directory');
  });
});
