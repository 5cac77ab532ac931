import { constants } from 'node:fs';
import { type FileHandle, open, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';

/** An open regular file of `public/`. The caller closes it. */
export interface Asset {
  readonly handle: FileHandle;
  /** Name it was found by, for the content type. */
  readonly name: string;
  readonly size: number;
  readonly mtimeMs: number;
  /** Strong entity tag with its quotes. */
  readonly etag: string;
}

/** O_NONBLOCK: a fifo among the files must not hold up a thread. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** No such file, no directory on the way, too long a name, too many links, no right, a socket. */
const ABSENT: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'ENAMETOOLONG',
  'ELOOP',
  'EACCES',
  'ENXIO',
]);

/**
 * The files of `public/` by request path.
 *
 * Nothing outside is ever read, links included: a file is opened first, and then the kernel is asked where
 * the open file lies (/proc/self/fd). No later change of a name on the way can matter, since what was
 * checked is the very file that is read.
 */
export class Assets {
  readonly #root: string;

  /** `root` without symbolic links. */
  private constructor(root: string) {
    this.#root = root;
  }

  static async open(directory: string): Promise<Assets> {
    return new Assets(await realpath(directory));
  }

  /**
   * The file for a path's decoded segments: itself, `index.html` in it, or itself with `.html`.
   * Names with a leading `.` are private, except `.well-known` (RFC 8615).
   */
  async find(segments: readonly string[]): Promise<Asset | undefined> {
    if (segments.some((segment, index) => isPrivate(segment, index))) return undefined;
    const name = path.join(this.#root, ...segments);
    const found = await this.#openFile(name);
    if (found === 'directory') {
      const index = await this.#openFile(path.join(name, 'index.html'));
      return typeof index === 'string' ? undefined : index;
    }
    if (found !== undefined) return found;
    const page = await this.#openFile(`${name}.html`);
    return page === 'directory' ? undefined : page;
  }

  async #openFile(name: string): Promise<Asset | 'directory' | undefined> {
    let handle: FileHandle;
    try {
      handle = await open(name, FLAGS);
    } catch (error) {
      if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
    const asset = await this.#inspect(handle, name).catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
    if (asset === undefined || asset === 'directory') await handle.close();
    return asset;
  }

  async #inspect(handle: FileHandle, name: string): Promise<Asset | 'directory' | undefined> {
    const [status, where] = await Promise.all([handle.stat(), readlink(`/proc/self/fd/${handle.fd}`)]);
    if (where !== this.#root && !where.startsWith(`${this.#root}/`)) return undefined;
    if (status.isDirectory()) return 'directory';
    if (!status.isFile()) return undefined;
    // Images are made with fixed times: only inode and ctime tell two versions of equal size apart.
    const stamp = [status.ino, status.size, Math.trunc(status.mtimeMs), Math.trunc(status.ctimeMs * 1000)];
    const etag = `"${stamp.map((part) => part.toString(36)).join('-')}"`;
    return { handle, name, size: status.size, mtimeMs: status.mtimeMs, etag };
  }
}

function isPrivate(segment: string, index: number): boolean {
  return segment.startsWith('.') && !(index === 0 && segment === '.well-known');
}
