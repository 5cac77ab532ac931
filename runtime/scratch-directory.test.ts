import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scratchDirectory } from './scratch-directory.ts';

let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'scratch-directory-'));
});

afterEach(() => rm(parent, { recursive: true }));

/** What a process leaves that makes a directory and is killed, by its name. */
async function leftBehind(): Promise<string> {
  const module = path.join(import.meta.dirname, 'scratch-directory.ts');
  const script = `
    import { writeFile } from 'node:fs/promises';
    import { scratchDirectory } from ${JSON.stringify(module)};
    const made = await scratchDirectory('x-', ${JSON.stringify(parent)});
    await writeFile(made + '/source', 'text');
    process.kill(process.pid, 'SIGKILL');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  await once(child, 'exit');
  const [name = ''] = (await readdir(parent)).filter((one) => one.includes(`-${child.pid}-`));
  return name;
}

describe('scratchDirectory()', () => {
  it('removes what processes have left that were killed, and nothing of those that live', async () => {
    const mine = await scratchDirectory('x-', parent);
    const left = await leftBehind();
    expect(await readdir(path.join(parent, left))).toEqual(['source']);
    const next = await scratchDirectory('x-', parent);
    expect((await readdir(parent)).sort()).toEqual([mine, next].map((one) => path.basename(one)).sort());
  });

  it('leaves what is of other users, of other pid namespaces, no directory, or of another name', async () => {
    const left = await leftBehind();
    const world = left.split('-')[1] ?? '';
    const foreign = left.replace(world, `${world}0`);
    await mkdir(path.join(parent, foreign));
    const other = left.replace('x-', 'y-');
    await mkdir(path.join(parent, other));
    const kept = [foreign, other];
    const target = path.join(parent, 'target');
    await mkdir(target);
    await writeFile(path.join(target, 'file'), '');
    await symlink(target, path.join(parent, `${left.slice(0, -6)}aaaaaa`));
    kept.push('target', `${left.slice(0, -6)}aaaaaa`);
    if (process.getuid?.() === 0) {
      const stolen = `${left.slice(0, -6)}bbbbbb`;
      await mkdir(path.join(parent, stolen));
      await chown(path.join(parent, stolen), 12_345, 12_345);
      kept.push(stolen);
    }
    kept.push(path.basename(await scratchDirectory('x-', parent)));
    expect((await readdir(parent)).sort()).toEqual(kept.sort());
    expect(await readdir(target)).toEqual(['file']);
  });
});
