import { execFile } from 'node:child_process';
import { copyFile, link, mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** Mount points the jail fills per container; they must exist, since the tree itself is read-only by then. */
const MOUNT_POINTS = ['app', 'dev', 'proc', 'tmp', 'etc'] as const;
/** With what holds where a client gives none. */
const MOUNT_FILES = {
  'etc/hosts': '127.0.0.1 localhost\n::1 localhost\n',
  'etc/resolv.conf': '',
  'etc/hostname': '',
} as const;

/** Libraries a minimal Debian lacks although Node needs them. */
const OFTEN_MISSING = ['libatomic.so.1', 'libstdc++.so.6', 'libgcc_s.so.1'] as const;

export interface RuntimeRootOptions {
  /** Directory to fill; made when missing. */
  readonly root: string;
  /** The Node binary to put into it. */
  readonly node: string;
}

/**
 * Lays out the tree that becomes `/` of every container: node, the shared libraries it loads, and empty
 * mount points. The runtime's own bundles go to `rt/` beside them.
 */
export async function assembleRuntimeRoot({ root, node }: RuntimeRootOptions): Promise<void> {
  for (const directory of ['bin', 'rt', ...MOUNT_POINTS]) {
    await mkdir(path.join(root, directory), { recursive: true });
  }
  for (const [file, content] of Object.entries(MOUNT_FILES)) await writeFile(path.join(root, file), content);
  await linkOrCopy(node, path.join(root, 'bin/node'));
  for (const library of await sharedLibraries(node)) {
    const target = path.join(root, library.soname.startsWith('/') ? library.soname : `lib/${library.soname}`);
    await mkdir(path.dirname(target), { recursive: true });
    await copyFile(await realpath(library.file), target);
  }
}

/** Copies to `directory` those of Node's libraries that the loader finds only by `LD_LIBRARY_PATH`. */
export async function provideMissingLibraries(directory: string, node: string): Promise<void> {
  const borrowed = process.env['LD_LIBRARY_PATH']?.split(':') ?? [];
  for (const library of await sharedLibraries(node)) {
    const missing = OFTEN_MISSING.some((name) => name === library.soname);
    if (!missing || !borrowed.includes(path.dirname(library.file))) continue;
    await mkdir(directory, { recursive: true });
    await copyFile(await realpath(library.file), path.join(directory, library.soname));
  }
}

interface SharedLibrary {
  /** Name the binary asks for, or the absolute path of the dynamic loader. */
  readonly soname: string;
  readonly file: string;
}

/** What ldd says `binary` loads; the kernel's vdso has no file and is left out. */
async function sharedLibraries(binary: string): Promise<readonly SharedLibrary[]> {
  const { stdout } = await promisify(execFile)('ldd', [binary]);
  const libraries: SharedLibrary[] = [];
  for (const line of stdout.split('\n')) {
    const found = /^\s*(\S+) => (\/\S+)/.exec(line);
    if (found?.[1] && found[2]) libraries.push({ soname: found[1], file: found[2] });
    else if (/=> not found/.test(line)) throw new Error(`Cannot assemble the runtime root: ${line.trim()}`);
    else {
      const loader = /^\s*(\/\S+)/.exec(line)?.[1];
      if (loader) libraries.push({ soname: loader, file: loader });
    }
  }
  return libraries;
}

/** The binary is 140 MB: share it where the filesystem allows. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  const source = await realpath(from);
  const [a, b] = await Promise.all([stat(source), stat(path.dirname(to))]);
  if (a.dev === b.dev) await link(source, to);
  else await copyFile(source, to);
}
