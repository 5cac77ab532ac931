import { lstat, mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Behind the prefix: the pid namespace, the process in it, and what makes the name unique. */
const OWNER = /^(\d+)-(\d+)-[A-Za-z0-9]{6}$/;

/**
 * Makes a directory that is found again by its name: those that processes of this user have left, which were killed
 * before they could remove them, go first. Where it is not known who lives here, none goes.
 */
export async function scratchDirectory(prefix: string, parent: string = tmpdir()): Promise<string> {
  // Two containers may share a directory, where one pid is two processes.
  const world = /\d+/.exec(await readlink('/proc/self/ns/pid').catch(() => ''))?.[0];
  if (world !== undefined) await sweep(prefix, parent, world);
  return await mkdtemp(path.join(parent, `${prefix}${world ?? 0}-${process.pid}-`));
}

async function sweep(prefix: string, parent: string, world: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, where, pid] = (name.startsWith(prefix) && OWNER.exec(name.slice(prefix.length))) || [];
    if (where !== world || isAlive(Number(pid))) continue;
    const directory = path.join(parent, name);
    const found = await lstat(directory).catch(() => undefined);
    if (found?.isDirectory() !== true || found.uid !== process.getuid?.()) continue;
    await rm(directory, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
