import { isUtf8 } from 'node:buffer';
import { lstat, readdir, readlink, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { ImageError, reasonOf, systemCode } from '../errors.ts';
import { compareEntries, type LayerEntry } from '../layer/entry.ts';
import { LinkGuard } from '../layer/link-guard.ts';
import { WHITEOUT_PREFIX } from '../layer/whiteout.ts';

/** What an app directory gives an image. */
export interface AppContent {
  /** In the order of a layer. */
  readonly entries: readonly LayerEntry[];
  /** Paths that were there and stay out by policy. */
  readonly leftOut: readonly string[];
  /** Things worth knowing that do not stop a build. */
  readonly warnings: readonly string[];
}

/**
 * Never part of an app. `.git` changes with every commit, and so would the digest, and its history may hold what was
 * deleted for a reason. `node_modules` would become hundreds of public routes, since every `.js` file is a worker, and
 * workers load no packages. Everything else goes in, dot files (`.wws`, `.wws.toml`) too.
 */
const leftOutNames: readonly string[] = ['.git', 'node_modules'];

export interface ReadAppOptions {
  /** Absolute path of a file that stays out: the archive this build writes must not be in the next one. */
  readonly exclude?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lists what is in `directory`.
 * @throws {ImageError} `not-found` for the directory itself, `app-invalid` for something in it that no image can hold.
 */
export async function readApp(directory: string, options: ReadAppOptions = {}): Promise<AppContent> {
  const root = await rootOf(directory);
  const guard = new LinkGuard(root);
  const entries: LayerEntry[] = [];
  const leftOut: string[] = [];

  async function read(folder: string): Promise<void> {
    options.signal?.throwIfAborted();
    for (const bytes of await list(path.join(root, folder), folder)) {
      const name = bytes.toString();
      const place = folder === '' ? name : `${folder}/${name}`;
      if (!isUtf8(bytes)) throw cannotAdd(place, 'its name is not UTF-8');
      if (leftOutNames.includes(name)) leftOut.push(place);
      else if (path.join(root, place) === options.exclude) leftOut.push(place);
      else await add(place, name);
    }
  }

  async function add(place: string, name: string): Promise<void> {
    if (name.startsWith(WHITEOUT_PREFIX)) {
      throw cannotAdd(place, `in a layer a name with "${WHITEOUT_PREFIX}" deletes a file`);
    }
    const source = path.join(root, place);
    const status = await lstat(source);
    if (status.isDirectory()) {
      entries.push({ kind: 'directory', path: place });
      await read(place);
    } else if (status.isFile()) {
      const executable = (status.mode & 0o111) !== 0;
      entries.push({ kind: 'file', path: place, source, size: status.size, executable });
    } else if (status.isSymbolicLink()) {
      const problem = await guard.problemOf(place);
      if (problem !== undefined)
        throw cannotAdd(place, `a link may only point to what is in the image, ${problem}`);
      entries.push({ kind: 'link', path: place, target: await readlink(source) });
    } else {
      const kind = status.isFIFO() ? 'a fifo' : status.isSocket() ? 'a socket' : 'a device';
      throw cannotAdd(place, `it is ${kind}; an image holds files, directories and links`);
    }
  }

  await read('');
  if (entries.length === 0) {
    throw new ImageError('app-invalid', `Cannot build from "${directory}": there is nothing in it`);
  }
  entries.sort(compareEntries);
  return { entries, leftOut: leftOut.sort(), warnings: [...caseClashes(entries), ...notApplied(entries)] };
}

async function rootOf(directory: string): Promise<string> {
  try {
    const root = await realpath(directory);
    if ((await stat(root)).isDirectory()) return root;
  } catch (error) {
    const why = systemCode(error) === 'ENOENT' ? 'no such directory' : reasonOf(error);
    throw new ImageError('not-found', `Cannot build from "${directory}": ${why}`, { cause: error });
  }
  throw new ImageError('not-found', `Cannot build from "${directory}": not a directory`);
}

async function list(source: string, folder: string): Promise<readonly Buffer[]> {
  try {
    return await readdir(source, { encoding: 'buffer' });
  } catch (error) {
    throw cannotAdd(folder === '' ? '.' : folder, reasonOf(error), error);
  }
}

function cannotAdd(place: string, why: string, cause?: unknown): ImageError {
  return new ImageError('app-invalid', `Cannot add "${place}": ${why}`, { cause });
}

/** Pairs that become one file where the file system does not tell case apart. */
function caseClashes(entries: readonly LayerEntry[]): readonly string[] {
  const seen = new Map<string, string>();
  const warnings: string[] = [];
  for (const { path: place } of entries) {
    const folded = place.toLowerCase();
    const other = seen.get(folded);
    if (other === undefined) seen.set(folded, place);
    else warnings.push(`"${other}" and "${place}" differ only in case`);
  }
  return warnings;
}

function notApplied(entries: readonly LayerEntry[]): readonly string[] {
  const isThere = entries.some((entry) => entry.path === '.dockerignore');
  return isThere ? ['".dockerignore" is not applied: what it lists is in the image'] : [];
}
