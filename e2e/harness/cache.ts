import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { cacheDirectory } from '#runtime/languages/testdata/cache-directory.ts';

/**
 * The cache's folder `name`, made by `build` on the first call. It appears whole or not at all, and two runs
 * at the same time build it once. `name` carries whatever must lead to a rebuild when it changes.
 */
export async function cached(name: string, build: (directory: string) => Promise<void>): Promise<string> {
  const cache = cacheDirectory();
  const directory = path.join(cache, name);
  if (await exists(directory)) return directory;
  await mkdir(cache, { recursive: true });
  await using _lock = await lock(path.join(cache, `${name}.lock`));
  if (await exists(directory)) return directory;
  await removeAbandoned(cache, `${name}.new-`);
  const scratch = await mkdtemp(path.join(cache, `${name}.new-`));
  try {
    await chmod(scratch, 0o755);
    await build(scratch);
    await rename(scratch, directory);
  } catch (error) {
    await rm(scratch, { recursive: true, force: true });
    throw new Error(`Cannot prepare "${name}" in ${cache}`, { cause: error });
  }
  return directory;
}

/** Holds flock(2) on `file` through a child that lets go when its stdin ends: also when this process dies. */
async function lock(file: string): Promise<AsyncDisposable> {
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo held; cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(holder, 'exit');
  const line = await Promise.race([once(createInterface(holder.stdout), 'line'), exited]);
  if (line[0] !== 'held') throw new Error(`Cannot lock "${file}": flock exited with code ${line[0]}`);
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await exited;
    },
  };
}

/** What a killed run was building; called under the lock, so nobody else is at it. */
async function removeAbandoned(cache: string, prefix: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    if (entry.startsWith(prefix)) await rm(path.join(cache, entry), { recursive: true, force: true });
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
