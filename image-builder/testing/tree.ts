import {
  lstat,
  mkdir,
  mkdtempDisposable,
  readdir,
  readFile,
  readlink,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A temporary directory that is gone when the test is over: `await using directory = await tempDirectory()`. */
export function tempDirectory(): ReturnType<typeof mkdtempDisposable> {
  return mkdtempDisposable(path.join(tmpdir(), 'wasm-image-test-'));
}

/** Files by path; a value that starts with `->` is a symbolic link's target, a path that ends with `/` a directory. */
export type Tree = Readonly<Record<string, string>>;

export async function writeTree(directory: string, tree: Tree): Promise<void> {
  for (const [name, content] of Object.entries(tree)) {
    const place = path.join(directory, name);
    await mkdir(name.endsWith('/') ? place : path.dirname(place), { recursive: true });
    if (name.endsWith('/')) continue;
    if (content.startsWith('->')) await symlink(content.slice(2), place);
    else await writeFile(place, content);
  }
}

/** The inverse of `writeTree`; only empty directories are listed. */
export async function readTree(directory: string, folder = ''): Promise<Tree> {
  const tree: Record<string, string> = {};
  for (const name of (await readdir(path.join(directory, folder))).sort()) {
    const place = path.posix.join(folder, name);
    const real = path.join(directory, place);
    const status = await lstat(real);
    if (status.isSymbolicLink()) tree[place] = `->${await readlink(real)}`;
    else if (status.isFile()) tree[place] = await readFile(real, 'utf8');
    else {
      const below = await readTree(directory, place);
      Object.assign(tree, Object.keys(below).length === 0 ? { [`${place}/`]: '' } : below);
    }
  }
  return tree;
}
