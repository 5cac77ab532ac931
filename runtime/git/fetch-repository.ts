import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { resolveInRoot } from '#runtime/project/resolve-in-root.ts';
import { systemReason } from '#runtime/system-reason.ts';
import { checkSize } from './checkout-size.ts';
import { checkSource, type GitSource, protocolOf, shownUrl } from './git-source.ts';
import { GitError, runGit } from './run-git.ts';

/** The files of one commit, on this machine. */
export interface Checkout {
  /** What nothing of it may lead out of. */
  readonly boundary: string;
  /** The directory to serve, in there. */
  readonly root: string;
  readonly commit: string;
}

/**
 * Brings the files of a repository into the cache, one directory per commit that never changes again, and
 * answers where they are. What is wanted by name is looked up each time; only a commit that is there already
 * needs no network. No history, no hooks, no submodules.
 *
 * @throws Error that names the repository, without a password
 */
export async function fetchRepository(source: GitSource, cache: string = defaultCache()): Promise<Checkout> {
  checkSource(source);
  const home = path.join(cache, createHash('sha256').update(source.url).digest('hex'));
  try {
    const commit = await wantedCommit(source, home);
    const boundary = path.join(home, commit);
    return { boundary, commit, root: await folderIn(boundary, source.folder) };
  } catch (error) {
    const reason = systemReason(error).replaceAll(source.url, shownUrl(source.url));
    throw new Error(`Cannot serve "${shownUrl(source.url)}": ${reason}`, { cause: error });
  }
}

/** Resolves with the full name of a commit whose files are in the cache. */
async function wantedCommit(source: GitSource, home: string): Promise<string> {
  const { url, tag, branch } = source;
  const protocol = protocolOf(url);
  if (source.commit !== undefined) {
    const name = source.commit.toLowerCase();
    if (await exists(path.join(home, name))) return name;
    return await bring(home, (git) => fetchCommit(git, url, name), protocol);
  }
  const ref = tag !== undefined ? `refs/tags/${tag}` : branch !== undefined ? `refs/heads/${branch}` : 'HEAD';
  const heads = await runGit(['ls-remote', '--', url, ref, `${ref}^{}`], protocol);
  // An annotated tag is an object of its own; what it points to comes behind it.
  const [commit] = heads.trim().split('\n').at(-1)?.split('\t') ?? [];
  if (commit === undefined || commit === '') throw new GitError(missing(source));
  if (await exists(path.join(home, commit))) return commit;
  return await bring(home, (git) => git('fetch', '--depth', '1', '--no-tags', '--', url, ref), protocol);
}

function missing({ tag, branch }: GitSource): string {
  if (tag !== undefined) return `it has no tag "${tag}"`;
  return branch !== undefined ? `it has no branch "${branch}"` : 'it is empty';
}

type Git = (...args: string[]) => Promise<string>;

/** Not every server gives a commit by its name, and none by the beginning of it. */
async function fetchCommit(git: Git, url: string, commit: string): Promise<void> {
  try {
    if (commit.length < 40) throw new GitError('an abbreviated name');
    await git('fetch', '--depth', '1', '--no-tags', '--', url, commit);
  } catch (cause) {
    await git('fetch', '--tags', '--', url, '+refs/heads/*:refs/remotes/origin/*');
    const found = await git('rev-parse', '--verify', '--quiet', `${commit}^{commit}`).catch(() => '');
    if (found === '') throw new GitError(`it has no commit "${commit}"`, { cause });
    await git('update-ref', 'FETCH_HEAD', found.trim());
  }
}

/** Fetches into a place of its own and moves the files to theirs when they are whole. */
async function bring(home: string, fetch: (git: Git) => Promise<unknown>, protocol: string): Promise<string> {
  await mkdir(home, { recursive: true });
  const scratch = await mkdtemp(path.join(home, '.new-'));
  const git: Git = (...args) => runGit(['-C', scratch, ...args], protocol);
  try {
    await git('init', '--quiet', '--template=');
    await fetch(git);
    const commit = (await git('rev-parse', '--verify', 'FETCH_HEAD^{commit}')).trim();
    checkSize(await git('ls-tree', '-r', '-l', '-z', commit));
    await git('checkout', '--quiet', '--force', '--detach', commit);
    await rm(path.join(scratch, '.git'), { recursive: true });
    await rename(scratch, path.join(home, commit)).catch(async (error: NodeJS.ErrnoException) => {
      // Somebody else has brought the same.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
    return commit;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function folderIn(boundary: string, folder: string | undefined): Promise<string> {
  if (folder === undefined) return boundary;
  const name = path.posix.normalize(folder.replaceAll('\\', '/'));
  if (path.posix.isAbsolute(name) || name === '..' || name.startsWith('../'))
    throw new Error(`the folder "${folder}" lies outside`);
  // Links in the repository are somebody else's: they lead nowhere but into it.
  const found = await resolveInRoot(boundary, name).catch(() => undefined);
  if (found === undefined || !(await stat(found)).isDirectory())
    throw new Error(`it has no folder "${folder}"`);
  return found;
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

function defaultCache(): string {
  const cache = process.env['XDG_CACHE_HOME'] || path.join(homedir(), '.cache');
  return path.join(cache, 'wws/git');
}
