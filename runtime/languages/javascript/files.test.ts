import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import type { WorkerLimits } from '#runtime/worker-limits.ts';
import { TestProject } from './project-fixture.ts';
import { request, shown } from './worker-fixture.ts';

/** Holds `rw` and `ro`, which the worker has, and `outside`, which it has not. */
let top: string;

beforeEach(async () => {
  top = await realpath(await mkdtemp(path.join(tmpdir(), 'javascript-files-')));
  for (const name of ['rw/sub', 'ro', 'outside']) await mkdir(path.join(top, name), { recursive: true });
  await writeFile(path.join(top, 'outside/secret'), 'secret');
  await writeFile(path.join(top, 'ro/text'), 'grüße');
});

afterEach(async () => {
  await rm(top, { recursive: true });
});

const at = (name: string): string => path.join(top, name);

function folders(): readonly Preopen[] {
  return [
    { guestPath: '/data', hostPath: at('rw'), writable: true },
    { guestPath: 'fixed', hostPath: at('ro'), writable: false },
  ];
}

interface Options {
  readonly folders?: readonly Preopen[];
  readonly limits?: Partial<WorkerLimits>;
}

/** What the statements return in a request, `fs` being node:fs/promises and `sync` node:fs; an error's code and text. */
async function run(statements: string, options: Options = {}): Promise<unknown> {
  await using project = await TestProject.make({
    'a.js': `import fs from 'node:fs/promises'; import * as sync from 'node:fs';
      export default async () => {
        try { return Response.json({ value: await (async () => { ${statements} })() }); }
        catch (error) { return Response.json({ code: error.code, message: error.message }); }
      };`,
  });
  const guest = await project.loadImmediate('a.js', { folders: folders(), ...options });
  const answer = shown(guest.handle(request()));
  if ('failure' in answer) throw new Error(answer.stderr);
  const said = JSON.parse(answer.body) as Record<string, unknown>;
  return 'code' in said ? said : said['value'];
}

describe("node:fs of a worker, in its configuration's folders", () => {
  it('reads text and bytes, binary ones too', async () => {
    await writeFile(at('rw/bytes'), Uint8Array.of(0, 255, 128, 10));
    expect(await run(`return await fs.readFile('/fixed/text', 'utf8')`)).toBe('grüße');
    expect(await run(`return [...await fs.readFile('/data/bytes')]`)).toEqual([0, 255, 128, 10]);
    expect(await run(`return JSON.parse(await fs.readFile('/data/sub/../json'))`)).toMatchObject({
      code: 'ENOENT',
      message: "ENOENT: no such file or directory, open '/data/sub/../json'",
    });
    await writeFile(at('rw/json'), '{"a":1}');
    expect(await run(`return JSON.parse(await fs.readFile(new URL('file:///data/json')))`)).toEqual({ a: 1 });
    expect(await run(`return sync.readFileSync('data/json', { encoding: 'utf-8' })`)).toBe('{"a":1}');
  });

  it('writes, appends and creates, and refuses what is there already where it is to be new', async () => {
    await run(`await fs.writeFile('/data/new', 'one'); await fs.appendFile('/data/new', ' two')`);
    expect(readFileSync(at('rw/new'), 'utf8')).toBe('one two');
    await run(`await fs.writeFile('/data/new', new Uint8Array([1, 2, 3]).subarray(1))`);
    expect([...readFileSync(at('rw/new'))]).toEqual([2, 3]);
    await run(`sync.writeFileSync('/data/new', new Uint8Array([9]).buffer, { flag: 'r+' })`);
    expect([...readFileSync(at('rw/new'))]).toEqual([9, 3]);
    expect(await run(`await fs.writeFile('/data/new', '', { flag: 'wx' })`)).toEqual({
      code: 'EEXIST',
      message: "EEXIST: file already exists, open '/data/new'",
    });
    expect(await run(`await fs.writeFile('/data/new', { toString: () => 'x' })`)).toMatchObject({
      code: 'ERR_INVALID_ARG_TYPE',
    });
    await run(`await fs.copyFile('/fixed/text', '/data/copy')`);
    expect(readFileSync(at('rw/copy'), 'utf8')).toBe('grüße');
  });

  it('lists, tells what is there, makes, moves and removes', async () => {
    await writeFile(at('rw/b.txt'), '12345');
    await symlink('b.txt', at('rw/c'));
    expect(await run(`return await fs.readdir('/data')`)).toEqual(['b.txt', 'c', 'sub']);
    expect(
      await run(`return (await fs.readdir('/data', { withFileTypes: true })).map((entry) =>
        [entry.name, entry.isFile(), entry.isDirectory(), entry.isSymbolicLink(), entry.parentPath])`),
    ).toEqual([
      ['b.txt', true, false, false, '/data'],
      ['c', false, false, true, '/data'],
      ['sub', false, true, false, '/data'],
    ]);
    const { mtimeMs } = statSync(at('rw/b.txt'));
    expect(
      await run(`const s = await fs.stat('/data/c'); const l = sync.lstatSync('/data/c');
        return [s.size, s.isFile(), s.mtimeMs, s.mtime.getTime(), s.isSymbolicLink(), l.isSymbolicLink()]`),
    ).toEqual([5, true, mtimeMs, Math.trunc(mtimeMs), false, true]);
    expect(
      await run(`return [sync.existsSync('/data/c'), sync.existsSync('/data/none'),
        sync.statSync('/data/none', { throwIfNoEntry: false }) === undefined]`),
    ).toEqual([true, false, true]);
    expect(
      await run(`return [await fs.mkdir('/data/x/y/z', { recursive: true }),
        await fs.mkdir('/data/x/y/z', { recursive: true }) ?? null]`),
    ).toEqual(['/data/x', null]);
    expect(await run(`await fs.mkdir('/data/x')`)).toMatchObject({ code: 'EEXIST' });
    expect(await run(`await fs.rmdir('/data/x')`)).toMatchObject({ code: 'ENOTEMPTY' });
    await run(`await fs.rename('/data/b.txt', '/data/x/y/d.txt'); await fs.unlink('/data/c')`);
    expect(readdirSync(at('rw/x/y'))).toEqual(['d.txt', 'z']);
    expect(await run(`await fs.rm('/data/x')`)).toMatchObject({ code: 'ERR_FS_EISDIR' });
    await run(`await fs.rm('/data/x', { recursive: true }); await fs.rm('/data/x', { force: true })`);
    expect(readdirSync(at('rw'))).toEqual(['sub']);
    expect(await run(`await fs.rename('/data/none', '/data/some')`)).toMatchObject({
      message: "ENOENT: no such file or directory, rename '/data/none' -> '/data/some'",
    });
  });

  it('can be had while the worker is loaded, by scripts, and for the first time in a request', async () => {
    await using project = await TestProject.make({
      'load.js': `import { readFileSync } from 'fs';
        const text = readFileSync('/fixed/text', 'utf8'); export default () => new Response(text);`,
      'script.js': `addEventListener('fetch', (event) => event.respondWith(
        import('node:fs/promises').then((fs) => fs.readFile('/fixed/text', 'utf8')).then((text) => new Response(text))));`,
    });
    for (const name of ['load.js', 'script.js']) {
      const guest = await project.loadImmediate(name, { folders: folders() });
      expect(shown(guest.handle(request()))).toMatchObject({ body: 'grüße' });
    }
  });

  it('has the stack of an error where the worker called', async () => {
    await using project = await TestProject.make({
      'a.js': `import { readFile } from 'node:fs/promises';\n\nexport default async () => {\n  await readFile('/data/none');\n};`,
    });
    const guest = await project.loadImmediate('a.js', { folders: folders() });
    expect(shown(guest.handle(request()))).toMatchObject({
      failure: expect.stringContaining("ENOENT: no such file or directory, open '/data/none'"),
      stderr: expect.stringMatching(/ at [^\n]*a\.js:4:\d+\)\n/),
    });
  });
});

describe('node:fs of a worker keeps to', () => {
  it('the rights of a folder', async () => {
    const changes = [
      `await fs.writeFile('/fixed/new', '')`,
      `await fs.writeFile('/fixed/text', '')`,
      `await fs.appendFile('/fixed/text', '')`,
      `await fs.mkdir('/fixed/new')`,
      `await fs.unlink('/fixed/text')`,
      `await fs.rename('/fixed/text', '/data/text')`,
      `await fs.rename('/data/sub', '/fixed/sub')`,
      `await fs.rm('/fixed/text')`,
      `await fs.access('/fixed/text', fs.constants.W_OK)`,
    ];
    for (const change of changes) {
      expect(await run(change), change).toMatchObject({ code: 'EROFS' });
    }
    expect(readdirSync(at('ro'))).toEqual(['text']);
    expect(readFileSync(at('ro/text'), 'utf8')).toBe('grüße');
    expect(await run(`await fs.access('/fixed/text', fs.constants.R_OK); return 'ok'`)).toBe('ok');
  });

  it('its folders, whatever path is given', async () => {
    await symlink(at('outside/secret'), at('rw/absolute'));
    await symlink('../outside/secret', at('rw/relative'));
    await symlink('../outside', at('rw/directory'));
    await symlink('/proc/self/root', at('rw/root'));
    const paths = [
      '/data/../outside/secret',
      '/data/sub/../../outside/secret',
      '../outside/secret',
      at('outside/secret'),
      '/etc/passwd',
      '/',
      '.',
      '/data/absolute',
      '/data/relative',
      '/data/directory/secret',
      '/data/root/etc/passwd',
      '/database/x',
    ];
    for (const name of paths) {
      expect(await run(`return await fs.readFile(${JSON.stringify(name)}, 'utf8')`), name).toMatchObject({
        code: 'EACCES',
        message: expect.stringMatching(/^EACCES: permission denied: it (leads out|is in none) of /),
      });
      expect(await run(`await fs.writeFile(${JSON.stringify(name)}, 'x')`), name).toMatchObject({
        code: 'EACCES',
      });
    }
    for (const action of [
      `await fs.mkdir('/data/directory/new')`,
      `await fs.unlink('/data/directory/secret')`,
      `await fs.rename('/data/sub', '/data/directory/sub')`,
      `return await fs.readdir('/data/directory')`,
      `return await fs.stat('/data/absolute')`,
      `await fs.rm('/data/..', { recursive: true })`,
    ]) {
      expect(await run(action), action).toMatchObject({ code: 'EACCES' });
    }
    expect(readFileSync(at('outside/secret'), 'utf8')).toBe('secret');
    expect(readdirSync(at('outside'))).toEqual(['secret']);
    // What it removes is the link, never what the link leads to.
    await run(`await fs.rm('/data/directory', { recursive: true })`);
    expect(readdirSync(at('outside'))).toEqual(['secret']);
  });

  it('paths that are none', async () => {
    expect(await run(`return await fs.readFile('')`)).toMatchObject({ code: 'ENOENT' });
    expect(await run(`return await fs.readFile('/data/a\\0b')`)).toMatchObject({ code: 'EINVAL' });
    expect(await run(`return await fs.readFile('/data/' + 'x'.repeat(300))`)).toMatchObject({
      code: 'ENAMETOOLONG',
    });
    expect(await run(`return await fs.readFile('/data/' + 'x/'.repeat(3000))`)).toMatchObject({
      code: 'ENAMETOOLONG',
    });
    for (const value of ['undefined', '7', '{}', 'new URL("http://x/data")']) {
      expect(await run(`return await fs.readFile(${value})`)).toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    }
    expect(await run(`return await fs.readFile('/data/sub')`)).toMatchObject({ code: 'EISDIR' });
    expect(await run(`return await fs.readdir('/fixed/text')`)).toMatchObject({ code: 'ENOTDIR' });
  });

  it('files: a fifo and a device are none', async () => {
    execFileSync('mkfifo', [at('rw/fifo')]);
    expect(await run(`return await fs.readFile('/data/fifo')`)).toMatchObject({ code: 'EINVAL' });
    expect(await run(`await fs.writeFile('/data/fifo', 'x')`)).toMatchObject({ code: 'ENXIO' });
  });

  it('what the kernel does not show of itself', async () => {
    const proc = [{ guestPath: '/p', hostPath: '/proc/self', writable: true }];
    expect(await run(`return await fs.readFile('/p/environ', 'utf8')`, { folders: proc })).toMatchObject({
      code: 'EACCES',
    });
    const real = [{ guestPath: '/p', hostPath: await realpath('/proc/self'), writable: true }];
    expect(await run(`return await fs.readFile('/p/environ', 'utf8')`, { folders: real })).toMatchObject({
      code: 'EACCES',
      message: expect.stringContaining('it is on a proc file system'),
    });
  });

  it('its limits of memory and descriptors', async () => {
    await writeFile(at('rw/big'), Buffer.alloc(24 * 1024 * 1024, 7));
    expect(await run(`return (await fs.readFile('/data/big')).length`)).toBe(24 * 1024 * 1024);
    const limits = { memory: 16 * 1024 * 1024 };
    expect(await run(`return (await fs.readFile('/data/big')).length`, { limits })).toEqual({
      code: 'EFBIG',
      message: "EFBIG: file too large: 24 MiB do not fit into 16 MiB, open '/data/big'",
    });
    expect(
      await run(`return await fs.readFile('/fixed/text', 'utf8')`, { limits: { files: 4 } }),
    ).toMatchObject({
      code: 'EMFILE',
    });
  });

  it('no descriptor once the request is over', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    await using project = await TestProject.make({
      'a.js': `import * as fs from 'node:fs'; export default () => {
        for (const name of ['/data/none', '/data/../x', '/fixed/text']) try { fs.readFileSync(name); } catch {}
        try { fs.writeFileSync('/fixed/text', ''); } catch {}
        fs.readdirSync('/data'); fs.statSync('/data'); fs.writeFileSync('/data/sub/x', 'x'); fs.unlinkSync('/data/sub/x');
        return new Response('');
      };`,
    });
    const guest = await project.loadImmediate('a.js', { folders: folders() });
    expect(shown(guest.handle(request()))).toMatchObject({ status: 200 });
    const before = open();
    for (let count = 0; count < 20; count++) guest.handle(request());
    expect(open()).toBe(before);
  });

  it('its own worker: one without folders has none', async () => {
    expect(await run(`return await fs.readFile('/data/x')`, { folders: [] })).toEqual({
      code: 'EACCES',
      message: expect.stringContaining('the worker has no folders'),
    });
  });
});
