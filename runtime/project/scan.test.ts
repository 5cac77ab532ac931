import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#runtime/settings.ts';
import { scanProject } from './scan.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'wws-scan-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function files(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), '');
  }
}

async function found(options: { ignore?: string[]; mounts?: string[] } = {}): Promise<string[]> {
  return (await scanProject({ root, ...options })).workers.map((worker) => worker.name);
}

describe('wws §7.1 discovery: scanProject()', () => {
  it('finds workers by extension, sorted by name', async () => {
    await files('index.js', 'b/c.wasm', 'a.js', 'readme.md', 'noext', '.js');
    expect(await found()).toEqual(['a.js', 'b/c.wasm', 'index.js']);
  });

  it('leaves out public, node_modules, dot-directories and names with "_", but not public.js', async () => {
    await files(
      'public/a.js',
      'x/public/b.js',
      'node_modules/m/i.js',
      '.git/h.js',
      '.wws/w.js',
      '_lib/l.js',
      '_home.js',
    );
    await files('public.js', 'x/ok.js');
    expect(await found()).toEqual(['public.js', 'x/ok.js']);
  });

  it('takes TypeScript for workers, and its declarations for none', async () => {
    await files('a.ts', 'b.mts', 'c.mjs', 'a.d.ts', 'd.d.mts', 'e.cjs', 'f.tsx', 'g.ts.toml');
    const { workers } = await scanProject({ root });
    expect(workers.map(({ name, language, route }) => [name, language.kind, route.path])).toEqual([
      ['a.ts', 'javascript', '/a'],
      ['b.mts', 'javascript', '/b'],
      ['c.mjs', 'javascript', '/c'],
    ]);
  });

  it('gives two workers that differ only by extension the same configuration', async () => {
    await files('a.js', 'a.wasm', 'a.toml');
    const { workers } = await scanProject({ root });
    expect(new Set(workers.map((worker) => worker.config)).size).toBe(1);
    expect(workers.map((worker) => worker.route.path)).toEqual(['/a', '/a']);
  });

  it('takes a directory named like a worker for a directory', async () => {
    await files('x.js/y.js');
    expect(await found()).toEqual(['x.js/y.js']);
  });

  it('does not follow links to directories', async () => {
    await files('real/a.js');
    await symlink('real', path.join(root, 'link'));
    await symlink('..', path.join(root, 'real/up'));
    expect(await found()).toEqual(['real/a.js']);
  });

  it('follows a link to a file inside the root and refuses one that leads out', async () => {
    await files('a.js');
    await symlink('a.js', path.join(root, 'in.js'));
    await symlink('/etc/hostname', path.join(root, 'out.js'));
    await symlink('gone', path.join(root, 'dangling.js'));
    const project = await scanProject({ root });
    expect(project.workers.map((worker) => worker.name)).toEqual(['a.js', 'in.js']);
    expect(project.workers[1]?.file).toBe(project.workers[0]?.file);
    expect(project.warnings).toHaveLength(2);
    expect(project.warnings.join('\n')).toMatch(/"out.js": the link leads out of the project/);
  });

  it('passes over what is no regular file', async () => {
    await promisify(execFile)('mkfifo', [path.join(root, 'pipe.js')]);
    expect(await found()).toEqual([]);
  });

  it('says which file names make no route', async () => {
    await files('[my-id].js');
    const { warnings } = await scanProject({ root });
    expect(warnings[0]).toMatch(/^Cannot route worker "\[my-id\]\.js": /);
  });

  it('honours --ignore for files and directories', async () => {
    await files('a.js', 'a.test.js', 'lib/b.js', 'x/y.test.js');
    expect(await found({ ignore: ['**/*.test.js', 'lib'] })).toEqual(['a.js']);
  });

  it('enters no mount, except the one it starts in', async () => {
    await files('data/a.js', 'b.js');
    expect(await found({ mounts: [path.join(root, 'data')] })).toEqual(['b.js']);
    expect(await found({ mounts: [root] })).toEqual(['b.js', 'data/a.js']);
  });

  it('adds no route for what a volume holds, nor for a link into one', async () => {
    await files('data/x.js', 'data/x.toml', 'index.js');
    await symlink('data/x.js', path.join(root, 'alias.js'));
    const data = path.join(await realpath(root), 'data');
    const project = await scanProject({ root, mounts: [data] });
    expect(project.workers.map((worker) => worker.name)).toEqual(['index.js']);
    expect(project.warnings).toEqual(['Cannot serve worker "alias.js": the link leads into a mount']);
  });

  it('serves a file that is a mount by itself', async () => {
    await files('index.js');
    const name = path.join(await realpath(root), 'index.js');
    expect(await found({ mounts: [name] })).toEqual(['index.js']);
  });

  it('enters no other filesystem', async () => {
    const memory = await mkdtemp('/dev/shm/wws-scan-');
    try {
      await writeFile(path.join(memory, 'a.js'), '');
      const inside = await scanProject({ root: memory });
      expect(inside.workers.map((worker) => worker.name)).toEqual(['a.js']);
      const around = await scanProject({ root: '/dev' });
      expect(around.workers).toEqual([]);
    } finally {
      await rm(memory, { recursive: true });
    }
  });

  it('stops at its caps and says so', async () => {
    await files('a.js', 'b.js', 'c.js', 'd/e/f/g.js');
    const few = await scanProject({ root, limits: { ...limits(), projectWorkers: 2 } });
    expect(few.workers).toHaveLength(2);
    expect(few.warnings[0]).toMatch(/stopped after 2 workers/);
    const entries = await scanProject({ root, limits: { ...limits(), projectEntries: 2 } });
    expect(entries.warnings[0]).toMatch(/stopped after 2 directory entries/);
    const shallow = await scanProject({ root, limits: { ...limits(), projectDepth: 2 } });
    expect(shallow.warnings[0]).toMatch(/Not searched "d\/e": it lies deeper than 2 directories/);
  });

  it('reports the configuration beside a worker and the public directory', async () => {
    await files('[id].js', '[id].toml', 'b.js', 'public/x.css');
    const { workers, publicDirectory } = await scanProject({ root });
    expect(workers.map((worker) => worker.config && path.basename(worker.config))).toEqual([
      '[id].toml',
      undefined,
    ]);
    expect(publicDirectory && path.basename(publicDirectory)).toBe('public');
  });

  it('rejects for a root that is no directory', async () => {
    await files('file');
    await expect(scanProject({ root: path.join(root, 'file') })).rejects.toThrow(/ENOTDIR/);
    await expect(scanProject({ root: path.join(root, 'gone') })).rejects.toThrow(/ENOENT/);
  });
});
