import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TestProject } from './project-fixture.ts';
import { request, shown } from './worker-fixture.ts';

/** Calls of node:fs that take one path, and that take two. */
const ONE = [
  'read',
  'write',
  'append',
  'list',
  'stat',
  'lstat',
  'mkdir',
  'mkdirs',
  'rmdir',
  'unlink',
  'remove',
];
const TWO = ['rename', 'copy'];

const WORKER = `import * as fs from 'node:fs';
  const calls = {
    read: (path) => fs.readFileSync(path, 'utf8'),
    write: (path) => fs.writeFileSync(path, 'planted'),
    append: (path) => fs.appendFileSync(path, 'planted'),
    list: (path) => fs.readdirSync(path).join(),
    stat: (path) => String(fs.statSync(path).size),
    lstat: (path) => String(fs.lstatSync(path).size),
    mkdir: (path) => fs.mkdirSync(path),
    mkdirs: (path) => fs.mkdirSync(path, { recursive: true }),
    rmdir: (path) => fs.rmdirSync(path),
    unlink: (path) => fs.unlinkSync(path),
    remove: (path) => fs.rmSync(path, { recursive: true, force: true }),
    rename: (path, to) => fs.renameSync(path, to),
    copy: (path, to) => fs.copyFileSync(path, to),
  };
  export default async (request) => Response.json((await request.json()).map(([name, ...paths]) => {
    try { return calls[name](...paths) ?? ''; } catch (error) { return error.code ?? String(error); }
  }));`;

/** A folder that is the worker's to change, one it may only read, and links from both to what is neither. */
class Tree implements AsyncDisposable {
  readonly top: string;

  private constructor(top: string) {
    this.top = top;
  }

  static async make(): Promise<Tree> {
    const tree = new Tree(await realpath(await mkdtemp(path.join(tmpdir(), 'javascript-attacks-'))));
    const at = (name: string): string => path.join(tree.top, name);
    for (const name of ['rw/sub', 'ro/sub', 'outside/sub']) await mkdir(at(name), { recursive: true });
    await writeFile(at('outside/secret'), 'secret');
    await writeFile(at('outside/sub/secret'), 'secret');
    await writeFile(at('ro/text'), 'text');
    for (const folder of ['rw', 'ro']) {
      await symlink(at('outside'), at(`${folder}/absolute`));
      await symlink('../outside', at(`${folder}/relative`));
      await symlink('../../outside/secret', at(`${folder}/sub/file`));
      await symlink('..', at(`${folder}/sub/up`));
      await symlink('/proc/self/cwd', at(`${folder}/magic`));
    }
    return tree;
  }

  /** All that is in a directory, with what it holds; links are not followed. */
  contents(name: string): string {
    const directory = path.join(this.top, name);
    return readdirSync(directory)
      .map((base) => {
        const below = `${name}/${base}`;
        const status = lstatSync(path.join(this.top, below));
        const line = `${below} ${status.mode} ${status.mtimeMs}`;
        if (status.isDirectory()) return `${line}\n${this.contents(below)}`;
        return status.isFile() ? `${line} ${readFileSync(path.join(this.top, below), 'utf8')}` : line;
      })
      .join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.top, { recursive: true });
  }
}

const paths = fc
  .tuple(
    fc.constantFrom('/rw', '/ro', 'rw', '', '/'),
    fc.array(
      fc.constantFrom(
        '..',
        '.',
        '',
        'sub',
        'absolute',
        'relative',
        'file',
        'up',
        'magic',
        'secret',
        'text',
        'outside',
        'new',
      ),
      { maxLength: 5 },
    ),
  )
  .map(([start, parts]) => [start, ...parts].join('/'));

const calls = fc.oneof(
  fc.tuple(fc.constantFrom(...ONE), paths),
  fc.tuple(fc.constantFrom(...TWO), paths, paths),
);

describe('whatever a worker does by node:fs', () => {
  it('touches nothing outside of its folders, and nothing in those it may only read', async () => {
    await using project = await TestProject.make({ 'a.js': WORKER });
    await fc.assert(
      fc.asyncProperty(fc.array(calls, { minLength: 20, maxLength: 60 }), async (list) => {
        await using tree = await Tree.make();
        const guest = await project.loadImmediate('a.js', {
          folders: [
            { guestPath: '/rw', hostPath: path.join(tree.top, 'rw'), writable: true },
            { guestPath: '/ro', hostPath: path.join(tree.top, 'ro'), writable: false },
          ],
        });
        const before = [tree.contents('outside'), tree.contents('ro')];
        const answer = shown(guest.handle(request({ method: 'POST', body: JSON.stringify(list) })));
        expect([tree.contents('outside'), tree.contents('ro')]).toEqual(before);
        const said = 'body' in answer ? (JSON.parse(answer.body) as string[]) : [];
        expect(said).toHaveLength(list.length);
        for (const text of said) expect(text).not.toMatch(/^secret|Error:/);
        expect(readdirSync(tree.top).toSorted()).toEqual(['outside', 'ro', 'rw']);
      }),
      { numRuns: 40 },
    );
  });
});
