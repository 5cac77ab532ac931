import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
} from './mounts.ts';

/** Options of a mount as clients write them, sorted by who reads them. */
export interface MountOptions {
  readonly readonly: boolean;
  readonly bind: boolean;
  readonly recursive: boolean;
  /** MS_ flags for mount(2). */
  readonly flags: number;
  /** What is left for the filesystem itself. */
  readonly data: readonly string[];
}

interface Meaning {
  readonly flag?: number;
  readonly bind?: true;
  readonly recursive?: true;
}

const MS_SYNCHRONOUS = 0x10;
const MS_NOATIME = 0x400;
const MS_NODIRATIME = 0x800;
const MS_RELATIME = 0x20_0000;
const MS_STRICTATIME = 0x100_0000;

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ro: { flag: MS_RDONLY },
  rro: { flag: MS_RDONLY },
  nosuid: { flag: MS_NOSUID },
  nodev: { flag: MS_NODEV },
  noexec: { flag: MS_NOEXEC },
  sync: { flag: MS_SYNCHRONOUS },
  noatime: { flag: MS_NOATIME },
  nodiratime: { flag: MS_NODIRATIME },
  relatime: { flag: MS_RELATIME },
  strictatime: { flag: MS_STRICTATIME },
  bind: { bind: true },
  rbind: { bind: true, recursive: true },
  // Defaults, and propagation, which ends at the container's wall in any case.
  ...Object.fromEntries(
    [
      ...['rw', 'defaults', 'suid', 'dev', 'exec', 'async', 'atime', 'diratime', 'loud', 'nostrictatime'],
      ...['private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared', 'unbindable', 'runbindable'],
    ].map((name) => [name, {}]),
  ),
};

export function readMountOptions(options: readonly string[]): MountOptions {
  let flags = 0;
  const meanings = options.map((option) => MEANINGS[option]);
  for (const meaning of meanings) flags |= meaning?.flag ?? 0;
  return {
    flags,
    readonly: (flags & MS_RDONLY) !== 0,
    bind: meanings.some((meaning) => meaning?.bind),
    recursive: meanings.some((meaning) => meaning?.recursive),
    data: options.filter((option) => option !== '' && !Object.hasOwn(MEANINGS, option)),
  };
}

/** What every mount of a container gets: no set-uid programs, no devices, nothing to execute. */
export function containerAttributes(options: { readonly readonly: boolean }): number {
  return (
    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | (options.readonly ? MOUNT_ATTR_RDONLY : 0)
  );
}
