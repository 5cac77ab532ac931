import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_OPERATOR } from '#runtime/operator.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { workerLimits } from '#runtime/worker-limits.ts';
import { resolveFolders } from './folders.ts';
import { loadProject } from './load.ts';
import { resolveInRoot } from './resolve-in-root.ts';

let app: string;

beforeEach(async () => {
  app = await realpath(await mkdtemp(path.join(tmpdir(), 'wws-folders-')));
  await mkdir(path.join(app, 'users/tmp'), { recursive: true });
  await mkdir(path.join(app, 'data/deep'), { recursive: true });
});

afterEach(async () => {
  await rm(app, { recursive: true });
});

describe('resolveInRoot()', () => {
  it('stops ".." at the root', async () => {
    expect(await resolveInRoot(app, '../../data')).toBe(path.join(app, 'data'));
  });

  it('lets an absolute link start at the root', async () => {
    await symlink('/data', path.join(app, 'abs'));
    await symlink('../../../data', path.join(app, 'users/up'));
    await symlink('abs/deep', path.join(app, 'chain'));
    expect(await resolveInRoot(app, 'abs')).toBe(path.join(app, 'data'));
    expect(await resolveInRoot(app, 'users/up')).toBe(path.join(app, 'data'));
    expect(await resolveInRoot(app, '/chain')).toBe(path.join(app, 'data/deep'));
  });

  it('gives up on a loop of links', async () => {
    await symlink('loop', path.join(app, 'loop'));
    await expect(resolveInRoot(app, 'loop')).rejects.toThrow(/too many symbolic links/);
  });
});

async function resolve(from: string, worker: string, mounts: { path: string; writable: boolean }[] = []) {
  return await resolveFolders([{ from, to: '/x' }], path.join(app, worker), { boundary: app, mounts });
}

describe('wws §5 folders: resolveFolders()', () => {
  it.each([
    ['/data', '', 'data'],
    ['./tmp', 'users', 'users/tmp'],
    ['/tmp', 'users', 'users/tmp'],
    ['../data', 'users', 'data'],
    ['../../../data', 'users', 'data'],
    ['..\\data', 'users', 'data'],
    ['', 'users', 'users'],
  ])('takes "%s" of a worker in "%s" for "%s"', async (from, worker, expected) => {
    expect(await resolve(from, worker)).toEqual([
      { guestPath: '/x', hostPath: path.join(app, expected), writable: true },
    ]);
  });

  it('keeps a folder on a read-only mount read-only, by the innermost mount', async () => {
    const data = { path: path.join(app, 'data'), writable: false };
    const deep = { path: path.join(app, 'data/deep'), writable: true };
    expect((await resolve('/data', '', [data, deep]))[0]?.writable).toBe(false);
    expect((await resolve('/data/deep', '', [data, deep]))[0]?.writable).toBe(true);
    expect((await resolve('/users', '', [data, deep]))[0]?.writable).toBe(true);
  });

  it.each([
    ['/proc', 'proc'],
    ['/proc/sys/kernel', 'proc'],
    ['/sys', 'sysfs'],
    ['/dev/pts', 'devpts'],
    ['/link', 'proc'],
  ])('refuses "%s", by which the kernel shows itself', async (from, kind) => {
    await symlink('/proc', path.join(app, 'link'));
    // As of a project run by hand, which may lie anywhere.
    const base = from === '/link' ? app.slice(1) : '';
    const folder = { from: `${base}${from}`, to: '/x' };
    await expect(resolveFolders([folder], '/', { boundary: '/', mounts: [] })).rejects.toThrow(
      `Cannot give folder "${folder.from}" as "/x": it is on a ${kind} file system`,
    );
  });

  it.each([
    ['out', '../../..'],
    ['root', '/'],
    ['round', '../users/../..'],
  ])('stays inside the app through a link "%s" that leads out', async (name, target) => {
    await symlink(target, path.join(app, 'users', name));
    expect(await resolve(`${name}/data`, 'users')).toEqual([
      { guestPath: '/x', hostPath: path.join(app, 'data'), writable: true },
    ]);
  });

  it('refuses what is missing or no directory', async () => {
    await writeFile(path.join(app, 'file'), '');
    await expect(resolve('gone', '')).rejects.toThrow(
      /^Cannot give folder "gone" as "\/x": no such file or directory$/,
    );
    await expect(resolve('file', '')).rejects.toThrow(/is no directory/);
  });
});

describe('loadProject()', () => {
  it('gives each worker its configuration, and a broken one its own problem', async () => {
    await writeFile(path.join(app, 'good.js'), '');
    await writeFile(
      path.join(app, 'good.toml'),
      'version = "1"\nx = 1\n[vars]\nA = "$B"\n[[folders]]\nfrom = "/data"\nto = "/d"\n',
    );
    await writeFile(path.join(app, 'bad.js'), '');
    await writeFile(path.join(app, 'bad.toml'), 'version = "1"\n[vars]\nA = 1\n');
    await writeFile(path.join(app, 'plain.wasm'), '');
    const { workers, warnings } = await loadProject({
      root: app,
      boundary: app,
      ignore: [],
      mounts: [{ path: path.join(app, 'data'), writable: false }],
      environment: { B: 'b' },
    });
    expect(workers.map((worker) => [worker.name, worker.guest])).toEqual([
      ['bad.js', { problem: 'bad.toml:3:1: "vars.A" must be a string, not a number' }],
      [
        'good.js',
        guestSpec({
          language: 'javascript',
          file: `${app}/good.js`,
          vars: { A: 'b' },
          folders: [{ guestPath: '/d', hostPath: `${app}/data`, writable: false }],
        }),
      ],
      ['plain.wasm', guestSpec({ file: `${app}/plain.wasm` })],
    ]);
    expect(warnings).toHaveLength(2);
  });

  it('takes limits for less than it may have, and no more', async () => {
    await writeFile(path.join(app, 'a.js'), '');
    await writeFile(path.join(app, 'a.toml'), 'version = "1"\n[limits]\nmemory = "1 GiB"\ntime = "1 s"\n');
    const options = { root: app, boundary: app, ignore: [], mounts: [], environment: {} };
    const byItself = await loadProject(options);
    expect(byItself.workers[0]?.guest).toMatchObject({ limits: workerLimits({ time: 1000 }) });
    expect(byItself.warnings).toEqual(['In worker "a.js": "limits.memory" is more than it may have']);
    const operator = { ...NO_OPERATOR, limits: { memory: 2 * 1024 ** 3 } };
    const { workers } = await loadProject({ ...options, operator });
    expect(workers[0]?.guest).toMatchObject({ limits: { memory: 1024 ** 3, time: 1000 } });
  });
});
