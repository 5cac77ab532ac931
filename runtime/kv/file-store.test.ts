import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { FileStore } from './file-store.ts';
import { snapshotOf } from './snapshot.ts';
import { describeStore } from './store.contract.ts';
import { BOUNDS, PATIENCE } from './testdata/test-bounds.ts';

const directory = await mkdtemp(path.join(tmpdir(), 'wws-kv-'));
afterAll(async () => await rm(directory, { recursive: true }));

describeStore('FileStore', async () => new FileStore(path.join(directory, 'kv.db'), PATIENCE));

function opened(file: string): FileStore & AsyncDisposable {
  const store = new FileStore(file, PATIENCE);
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}

function integrity(file: string): unknown {
  using database = new DatabaseSync(file);
  return database.prepare('PRAGMA integrity_check').get();
}

describe('FileStore', () => {
  it('keeps what was written when it is opened again, in one file', async () => {
    const folder = await mkdtemp(path.join(directory, 'again-'));
    const file = path.join(folder, 'kv.db');
    for (const count of [1, 2, 3]) {
      await using store = opened(file);
      expect(await store.operate('n', { type: 'increment', key: 'count', by: 1 }, BOUNDS)).toBe(count);
    }
    expect(await readdir(folder)).toEqual(['kv.db']);
  });

  it('attack 65: loses nothing it has answered when its process is killed in the middle of a write', async () => {
    const file = path.join(directory, 'killed.db');
    let acknowledged = 0;
    for (let round = 0; round < 5; round += 1) {
      const script = path.join(import.meta.dirname, 'testdata/endless-writer.ts');
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exited = once(child, 'exit');
      let answers = 0;
      for await (const line of createInterface(child.stdout)) {
        acknowledged = Number(line);
        answers += 1;
        // What it has printed by the time it is dead was acknowledged as well, and is read to the end.
        if (answers === 20 + round * 13) child.kill('SIGKILL');
      }
      await exited;
      expect(answers).toBeGreaterThanOrEqual(20);
    }
    await using store = opened(file);
    const found = await store.read('n', BOUNDS);
    expect(Number(found['last'])).toBeGreaterThanOrEqual(acknowledged);
    // Each step writes both: one without the other would be half a step.
    expect(found['same']).toBe(found['last']);
    await store.close();
    expect(integrity(file)).toEqual({ integrity_check: 'ok' });
  }, 60_000);

  it('attack 65: fails cleanly on a full disk, keeps what it had, and goes on when there is room', async () => {
    const mount = await mkdtemp(path.join(directory, 'full-'));
    await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mount]);
    try {
      const file = path.join(mount, 'kv.db');
      const ballast = path.join(mount, 'ballast');
      await using store = opened(file);
      await store.operate('n', { type: 'put', key: 'a', value: 'kept' }, BOUNDS);
      await writeFile(ballast, Buffer.alloc(700 * 1024));
      const large = { type: 'put', key: 'b', value: 'x'.repeat(900 * 1024) } as const;
      await expect(store.operate('n', large, BOUNDS)).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringContaining('disk is full'),
      });
      expect(await store.operate('n', { type: 'get', key: 'a' }, BOUNDS)).toBe('kept');
      await rm(ballast);
      await store.operate('n', { type: 'put', key: 'c', value: 'later' }, BOUNDS);
      expect({ ...(await store.read('n', BOUNDS)) }).toEqual({ a: 'kept', c: 'later' });
      await store.close();
      expect(integrity(file)).toEqual({ integrity_check: 'ok' });
    } finally {
      await promisify(execFile)('umount', [mount]);
    }
  });

  it('is for one process at a time, and says so', async () => {
    const file = path.join(directory, 'shared.db');
    await using first = opened(file);
    await first.operate('n', { type: 'put', key: 'a', value: '1' }, BOUNDS);
    await using second = opened(file);
    await expect(second.read('n', BOUNDS)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'another process has it open',
    });
    await first.close();
    expect({ ...(await second.read('n', BOUNDS)) }).toEqual({ a: '1' });
  });

  it.each([
    ['whose directory is missing', 'gone/kv.db', 'its directory must exist', async () => {}],
    [
      'that is a link',
      'link.db',
      'is no regular file',
      async (file: string) => {
        await writeFile(`${file}.target`, '');
        await symlink(`${file}.target`, file);
      },
    ],
    [
      'that is a directory',
      'folder.db',
      'is no regular file',
      async (file: string) => void (await mkdir(file)),
    ],
    ['that is no database', 'text.db', 'no database', (file: string) => writeFile(file, 'x'.repeat(4096))],
    [
      'that is a database of something else',
      'other.db',
      'is a database of something else',
      async (file: string) => {
        using database = new DatabaseSync(file);
        database.exec('CREATE TABLE entries (namespace, key, value)');
      },
    ],
  ])('refuses a file %s', async (_what, name, reason, prepare) => {
    const file = path.join(directory, name);
    await prepare(file);
    await using store = opened(file);
    await expect(store.read('n', BOUNDS)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(reason),
    });
  });

  it('takes a change whole or not at all', async () => {
    await using store = opened(path.join(directory, 'whole.db'));
    await store.write('n', { type: 'merge', set: snapshotOf([['a', '1']]), remove: [] }, BOUNDS);
    const change = { type: 'merge', set: snapshotOf([['b', '22']]), remove: ['a'] } as const;
    await expect(store.write('n', change, { ...BOUNDS, bytes: 1 })).rejects.toMatchObject({ code: 'limit' });
    expect({ ...(await store.read('n', BOUNDS)) }).toEqual({ a: '1' });
  });
});
