import { own, release } from './descriptors.ts';
import { failedWith, syscall } from './syscall.ts';

export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_REC = 0x4000;
export const MS_PRIVATE = 0x4_0000;

export const MOUNT_ATTR_RDONLY = 0x1;
export const MOUNT_ATTR_NOSUID = 0x2;
export const MOUNT_ATTR_NODEV = 0x4;
export const MOUNT_ATTR_NOEXEC = 0x8;

const AT_FDCWD = -100;
const AT_RECURSIVE = 0x8000;
const AT_EMPTY_PATH = 0x1000;
const O_CLOEXEC = 0o2_000_000;
const OPEN_TREE_CLONE = 1;
const MOVE_MOUNT_F_EMPTY_PATH = 0x4;
const MOVE_MOUNT_T_EMPTY_PATH = 0x40;
const MNT_DETACH = 2;

export interface MountCall {
  readonly source: string;
  readonly target: string;
  readonly type: string | null;
  readonly flags: number;
  /** Comma-separated options of the filesystem itself. */
  readonly data: string | null;
}

export function mount({ source, target, type, flags, data }: MountCall): void {
  syscall('mount', source, target, type, flags, data);
}

/** Cuts the calling thread's mount namespace off: nothing it mounts is seen outside. */
export function makePrivate(): void {
  syscall('mount', null, '/', null, MS_REC | MS_PRIVATE, null);
}

/** Takes the mount away from its place at once; it ends with its last user. */
export function detach(path: string): void {
  syscall('umount2', path, MNT_DETACH);
}

/** A detached copy of what is mounted at `path` (a bind mount not yet in place), as a descriptor. */
export function cloneTree(path: string, options: { readonly recursive: boolean }): number {
  const flags = OPEN_TREE_CLONE | O_CLOEXEC | (options.recursive ? AT_RECURSIVE : 0);
  return own(syscall('open_tree', AT_FDCWD, path, flags));
}

/** Adds MOUNT_ATTR_ flags to the mount `fd` stands for, and to those below it when `recursive`. */
export function addMountAttributes(
  fd: number,
  attributes: number,
  options: { readonly recursive: boolean },
): void {
  const request = Buffer.alloc(32);
  request.writeBigUInt64LE(BigInt(attributes), 0);
  const flags = AT_EMPTY_PATH | (options.recursive ? AT_RECURSIVE : 0);
  syscall('mount_setattr', fd, '', flags, request, request.length);
}

/** Puts a detached mount on the very file or directory `target` stands for, whatever its name has become. */
export function attachTree(tree: number, target: number): void {
  syscall('move_mount', tree, '', target, '', MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_SET_FD = 5;
const FSCONFIG_CMD_CREATE = 6;
const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;

/** An option of a filesystem: a value, a descriptor, or merely set. */
export type FilesystemOption = readonly [name: string, value: string | { readonly fd: number } | true];

/** A new filesystem mounted nowhere yet. */
export function newFilesystem(
  type: string,
  options: readonly FilesystemOption[],
  attributes: number,
): number {
  const context = own(syscall('fsopen', type, FSOPEN_CLOEXEC));
  try {
    for (const [name, value] of options) {
      if (value === true) syscall('fsconfig', context, FSCONFIG_SET_FLAG, name, null, 0);
      else if (typeof value === 'string') syscall('fsconfig', context, FSCONFIG_SET_STRING, name, value, 0);
      else syscall('fsconfig', context, FSCONFIG_SET_FD, name, null, value.fd);
    }
    syscall('fsconfig', context, FSCONFIG_CMD_CREATE, null, null, 0);
    return own(syscall('fsmount', context, FSMOUNT_CLOEXEC, attributes));
  } finally {
    release(context);
  }
}

/** Makes `fd` the root of the calling thread's mount namespace and lets go of the old one. */
export function pivotInto(fd: number): void {
  syscall('fchdir', fd);
  // The old root comes to lie on top of the new one, where it is taken away.
  syscall('pivot_root', '.', '.');
  detach('.');
  syscall('chdir', '/');
}

const S_IFMT = 0o170_000;
export const isDirectoryMode = (mode: number): boolean => (mode & S_IFMT) === 0o040_000;

/** Magic numbers (statfs(2) f_type) of filesystems that are windows into the kernel, not files. */
const KERNEL_FILESYSTEMS: Readonly<Record<string, bigint>> = {
  proc: 0x9fa0n,
  sysfs: 0x6265_6572n,
  cgroup: 0x27_e0ebn,
  cgroup2: 0x6367_7270n,
  debugfs: 0x6462_6720n,
  tracefs: 0x7472_6163n,
  bpf: 0xcafe_4a11n,
  securityfs: 0x7363_6673n,
  selinuxfs: 0xf97c_ff8cn,
  configfs: 0x6265_6570n,
  efivarfs: 0xde5e_81e4n,
  nsfs: 0x6e73_6673n,
  devpts: 0x1cd1n,
};

/** Filesystem types no container may be given a piece of. */
export const KERNEL_FILESYSTEM_TYPES: ReadonlySet<string> = new Set([
  ...Object.keys(KERNEL_FILESYSTEMS),
  'pstore',
  'binfmt_misc',
  'fusectl',
  'rpc_pipefs',
  'mqueue',
]);

/** Name of the kernel filesystem `fd` lies on, undefined when it is an ordinary one. */
export function kernelFilesystem(fd: number): string | undefined {
  const buffer = Buffer.alloc(120);
  syscall('fstatfs', fd, buffer);
  const type = BigInt.asUintN(32, buffer.readBigInt64LE(0));
  return Object.keys(KERNEL_FILESYSTEMS).find((name) => KERNEL_FILESYSTEMS[name] === type);
}

/** Whether the running kernel has what a call needs. */
export function isMissing(error: unknown): boolean {
  return failedWith(error, 'ENOSYS', 'EINVAL', 'ENODEV');
}
