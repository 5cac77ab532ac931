import { constants, link, lstat, mkdir, open, readdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { ImageError, systemCode } from '../errors.ts';
import { readTar, type TarEntry } from '../tar/read.ts';
import type { Budget } from './budget.ts';
import { LinkGuard } from './link-guard.ts';
import { guardedPath } from './path-guard.ts';
import { parseWhiteout } from './whiteout.ts';

/** Something a layer holds, as it is applied. */
export interface UnpackedEntry {
  /** Below the root of the image; of what a lower layer has and this one takes away. */
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link' | 'deletion';
  /** Bytes of a file. */
  readonly size: number;
}

/**
 * Applies layers to a directory, lowest first (image-spec layer.md#applying-changesets). Layers are hostile: nothing
 * is written through a link, outside the directory, or as anything but a plain file, a directory or a link that stays
 * inside. Owners, times, set-id bits and extended attributes are not taken over.
 *
 * The directory must be private to this process: every step is checked first and done afterwards.
 */
export class Unpacker {
  readonly #root: string;
  readonly #budget: Budget;
  /** Where links were made; some may have been replaced since. */
  readonly #links = new Set<string>();
  /** Directories known to be real ones. */
  readonly #directories = new Set<string>();

  constructor(root: string, budget: Budget) {
    this.#root = root;
    this.#budget = budget;
  }

  /**
   * @param layer the uncompressed tar of the next layer
   * @param tell is told of each entry before it is written
   */
  async apply(layer: AsyncIterable<Uint8Array>, tell?: (entry: UnpackedEntry) => void): Promise<void> {
    const own = new Set<string>();
    for await (const entry of readTar(this.#budget.spendBytes(layer))) {
      this.#budget.spendEntry();
      const place = guardedPath(entry.name);
      if (place === '') continue;
      const name = path.posix.basename(place);
      const folder = place.includes('/') ? path.posix.dirname(place) : '';
      const whiteout = parseWhiteout(name);
      tell?.({ path: place, kind: whiteout ? 'deletion' : kindOf(entry), size: entry.size });
      if (whiteout === undefined) {
        await this.#add(entry, place, folder);
        for (let at = place; at !== '.'; at = path.posix.dirname(at)) own.add(at);
      } else if (whiteout.kind === 'invalid') {
        throw refused(place, 'it deletes no file');
      } else if (whiteout.kind === 'opaque') {
        if (await this.#isDirectory(folder)) await this.#removeChildren(folder, own);
      } else if (whiteout.kind === 'one') {
        const target = folder === '' ? whiteout.name : `${folder}/${whiteout.name}`;
        if ((await this.#isDirectory(folder)) && !own.has(target)) await this.#remove(target);
      }
    }
  }

  /** Says whether every link stays inside; to be asked once all layers are there, before anybody follows one. */
  async checkLinks(): Promise<void> {
    const guard = new LinkGuard(this.#root);
    for (const place of this.#links) {
      const problem = await guard.problemOf(place);
      if (problem !== undefined) throw refused(place, `as a link it must stay inside the image, ${problem}`);
    }
  }

  async #add(entry: TarEntry, place: string, folder: string): Promise<void> {
    await this.#ensureDirectory(folder, place);
    const target = path.join(this.#root, place);
    if (entry.type === 'directory') {
      if (await this.#isDirectory(place)) return;
      await this.#remove(place);
      await mkdir(target);
      return;
    }
    // The source of a hard link may be the very name that is about to be replaced.
    const source = entry.type === 'link' ? await this.#linkSource(entry, place) : undefined;
    if (source === place) return;
    await this.#remove(place);
    if (source !== undefined) await link(path.join(this.#root, source), target);
    else if (entry.type === 'symlink') await this.#addLink(entry, place, target);
    else if (entry.type === 'file' || entry.type === 'contiguous-file') await writeFile(entry, place, target);
    else throw refused(place, `it is a ${entry.type ?? 'kind of file no image needs'}`);
  }

  async #addLink(entry: TarEntry, place: string, target: string): Promise<void> {
    if (entry.linkname === '' || entry.linkname.includes('\0')) throw refused(place, 'its target is no path');
    await symlink(entry.linkname, target);
    this.#links.add(place);
  }

  /** Only a plain file of this image, reached through real directories, may get a second name. */
  async #linkSource(entry: TarEntry, place: string): Promise<string> {
    const source = guardedPath(entry.linkname);
    const parent = source.includes('/') ? path.posix.dirname(source) : '';
    const status = (await this.#isDirectory(parent)) ? await this.#look(source) : undefined;
    if (source !== '' && status?.isFile()) return source;
    throw refused(place, `it is a hard link to "${entry.linkname}", which is no file of the image`);
  }

  /** Makes the directories above `place`, each of them looked at: a link among them would redirect the write. */
  async #ensureDirectory(folder: string, place: string): Promise<void> {
    if (folder === '' || this.#directories.has(folder)) return;
    await this.#ensureDirectory(folder.includes('/') ? path.posix.dirname(folder) : '', place);
    const status = await this.#look(folder);
    if (status === undefined) {
      this.#budget.spendEntry();
      await mkdir(path.join(this.#root, folder));
    } else if (!status.isDirectory()) {
      throw refused(place, `"${folder}" is ${status.isSymbolicLink() ? 'a link' : 'not a directory'}`);
    }
    this.#directories.add(folder);
  }

  /** Whether `folder` and everything above it are real directories. */
  async #isDirectory(folder: string): Promise<boolean> {
    if (folder === '' || this.#directories.has(folder)) return true;
    const parent = folder.includes('/') ? path.posix.dirname(folder) : '';
    if (!(await this.#isDirectory(parent))) return false;
    if (!(await this.#look(folder))?.isDirectory()) return false;
    this.#directories.add(folder);
    return true;
  }

  async #look(place: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
    try {
      return await lstat(path.join(this.#root, place));
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async #remove(place: string): Promise<void> {
    const status = await this.#look(place);
    if (status === undefined) return;
    // What was known about directories holds as long as none goes away.
    if (status.isDirectory()) this.#directories.clear();
    await rm(path.join(this.#root, place), { recursive: true, force: true });
  }

  /** Removes what lower layers put into `folder`, and keeps what this layer did. */
  async #removeChildren(folder: string, own: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(path.join(this.#root, folder))) {
      const place = folder === '' ? name : `${folder}/${name}`;
      if (!own.has(place)) await this.#remove(place);
      else if (await this.#isDirectory(place)) await this.#removeChildren(place, own);
    }
  }
}

/** What is none of these is refused when it is added. */
function kindOf({ type }: TarEntry): UnpackedEntry['kind'] {
  if (type === 'directory') return 'directory';
  return type === 'symlink' || type === 'link' ? 'link' : 'file';
}

async function writeFile(entry: TarEntry, place: string, target: string): Promise<void> {
  if (Object.keys(entry.pax).some((key) => key.startsWith('GNU.sparse.')))
    throw refused(place, 'it is sparse');
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  await using file = await open(target, flags, (entry.mode & 0o111) === 0 ? 0o644 : 0o755);
  await file.writeFile(entry.content);
}

function refused(place: string, why: string): ImageError {
  return new ImageError('unsafe', `Cannot unpack the entry ${JSON.stringify(place)}: ${why}`);
}
