import { readlink } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../errors.ts';

/** As the kernel's own limit, path_resolution(7). */
const MAX_LINKS = 40;

/** How many path components one tree may make us look at: links that lead through links can be made costly. */
const DEFAULT_BUDGET = 1_000_000;

/**
 * Follows symbolic links below a directory the way the kernel would, one component after another, and tells when one
 * leads out. Checking the text of a target is not enough: `up/..` is somewhere else once `up` is a link itself.
 */
export class LinkGuard {
  readonly #root: string;
  #budget: number;

  /** @param root the real path of a directory nobody else writes to meanwhile */
  constructor(root: string, budget: number = DEFAULT_BUDGET) {
    this.#root = root;
    this.#budget = budget;
  }

  /**
   * @param link slash-separated, relative to the root
   * @returns why the link must not be there, or `undefined`. A link to nothing is harmless and allowed.
   */
  async problemOf(link: string): Promise<string | undefined> {
    const here: string[] = [];
    let ahead = link.split('/').reverse();
    let links = 0;
    for (let component = ahead.pop(); component !== undefined; component = ahead.pop()) {
      if (this.#budget-- <= 0) return 'following it takes too long';
      if (component === '' || component === '.') continue;
      if (component === '..') {
        if (here.pop() === undefined) return 'it leads outside';
        continue;
      }
      const target = await linkTarget(path.join(this.#root, ...here, component));
      if (target === undefined) {
        here.push(component);
        continue;
      }
      if (target.startsWith('/')) return `its target "${target}" is absolute`;
      if (++links > MAX_LINKS) return 'it leads through too many links';
      ahead = ahead.concat(target.split('/').reverse());
    }
    return undefined;
  }
}

/** Where the link at `place` points, `undefined` if there is no link. */
async function linkTarget(place: string): Promise<string | undefined> {
  try {
    return await readlink(place);
  } catch (error) {
    const code = systemCode(error);
    // EINVAL: something other than a link. The others: nothing there, and nothing can be below it.
    if (code === 'EINVAL' || code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG')
      return undefined;
    throw error;
  }
}
