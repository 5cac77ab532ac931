import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { cached } from './cache.ts';
import { run } from './command.ts';
import { bootstrap, carried, codename, unpack } from './debian.ts';
import { progress } from './progress.ts';

/** A root filesystem daemons are run from. */
export interface Tree {
  /** Debian's name for the release, e.g. `trixie`. */
  readonly release: string;
  /** `/` for this machine's own. */
  readonly root: string;
  /** Folders with programs beside those of the tree itself, searched first. */
  readonly programs: readonly string[];
  /** What must be visible inside for `programs` to work. */
  readonly binds: readonly string[];
}

/** Releases made by debootstrap, beside the one this machine runs. */
export type Release = 'trixie' | 'forky';

const DAEMONS = ['containerd', 'runc', 'docker.io', 'docker-cli', 'docker-buildx'] as const;
const SUPPORT = [
  'iptables',
  'iproute2',
  'ca-certificates',
  'libatomic1',
  'procps',
  'busybox-static',
] as const;
const HOST_PACKAGES = ['containerd', 'runc', 'busybox-static'] as const;

/** How the network is reached, and whom it trusts there. */
const NETWORK_FILES = ['/etc/resolv.conf', '/etc/hosts', '/etc/ssl/certs/ca-certificates.crt'] as const;

/** This machine's own system with its release's containerd, runc and busybox beside it, none of them installed. */
export async function hostTree(): Promise<Tree> {
  const release = await codename();
  const directory = await cached(name(`host-${release}`, HOST_PACKAGES), async (scratch) => {
    progress(`unpacking ${HOST_PACKAGES.join(', ')} of ${release}`);
    await unpack(HOST_PACKAGES, scratch);
  });
  const programs = ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((folder) => path.join(directory, folder));
  return { release, root: '/', programs, binds: [directory] };
}

/** A whole small Debian of another release with containerd, Docker and buildx in it. */
export async function debianTree(release: Release): Promise<Tree> {
  const packages = [...DAEMONS, ...SUPPORT];
  const root = await cached(name(`tree-${release}`, packages), async (scratch) => {
    progress(`making a tree of ${release} (about a minute, once)`);
    await bootstrap(release, packages, scratch);
  });
  return { release, root, programs: [], binds: [] };
}

/** A whole small Debian with compilers in it, of the release whose compilers are new enough. */
export async function compilerTree(
  language: string,
  packages: readonly string[],
  binds: readonly string[],
): Promise<Tree> {
  const release = 'trixie';
  const root = await cached(name(`${language}-${release}`, packages), async (scratch) => {
    progress(`making a tree of ${release} with ${packages.join(', ')} (about a minute, once)`);
    await bootstrap(release, packages, scratch);
    // This machine's own are mounted over them.
    for (const file of NETWORK_FILES) await writeFile(path.join(scratch, file), '', { flag: 'a' });
  });
  return { release, root, programs: [], binds: [...NETWORK_FILES, ...binds] };
}

/** One line on what a tree carries: a rolling release is only known by what it brought. */
export async function describe(tree: Tree): Promise<string> {
  if (tree.root !== '/') return `${tree.release}: ${(await carried(tree.root, DAEMONS)).join(', ')}`;
  const version = await run([path.join(tree.programs[1] ?? '', 'containerd'), '--version']);
  return `${tree.release} (this machine): ${version.trim()}`;
}

function name(kind: string, packages: readonly string[]): string {
  const key = createHash('sha256').update(packages.join()).digest('hex').slice(0, 8);
  return `${kind}-${os.arch()}-${key}`;
}
