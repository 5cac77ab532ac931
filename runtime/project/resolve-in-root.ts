import { lstat, readlink } from 'node:fs/promises';
import path from 'node:path';

/** As many as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Resolves `name` as if `root` were `/`: `..` stops there and absolute links start there. Answers an
 * absolute path without links or dots; rejects when something of it does not exist.
 *
 * What may swap a directory for a link afterwards must be met by whoever opens the path: open it without
 * following any link (openat2 RESOLVE_NO_SYMLINKS).
 */
export async function resolveInRoot(root: string, name: string): Promise<string> {
  const pending = componentsOf(name).reverse();
  let done: string[] = [];
  let links = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next === '..') {
      done.pop();
      continue;
    }
    const at = path.join(root, ...done, next);
    if (!(await lstat(at)).isSymbolicLink()) {
      done.push(next);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw new Error(`too many symbolic links at "${at}"`);
    const target = await readlink(at);
    if (target.startsWith('/')) done = [];
    pending.push(...componentsOf(target).reverse());
  }
  return path.join(root, ...done);
}

function componentsOf(name: string): string[] {
  return name.split('/').filter((component) => component !== '' && component !== '.');
}
