import { own } from './descriptors.ts';
import { failedWith, syscall } from './syscall.ts';

const O_CLOEXEC = 0o2_000_000;
const O_NONBLOCK = 0o4_000;
const O_NOCTTY = 0o400;
const O_CREAT = 0o100;
const O_EXCL = 0o200;
const O_NOFOLLOW = process.arch === 'arm64' ? 0o100_000 : 0o400_000;
const O_PATH = 0o10_000_000;

const RESOLVE_NO_XDEV = 0x01;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_NO_SYMLINKS = 0x04;
const RESOLVE_BENEATH = 0x08;
const RESOLVE_IN_ROOT = 0x10;

const AT_FDCWD = -100;

const MAX_ATTEMPTS = 100;

function openat2(directory: number, path: string, flags: number, resolve: number): number {
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  how.writeBigUInt64LE(BigInt(resolve), 16);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return own(syscall('openat2', directory, path, how, how.length));
    } catch (error) {
      // Somebody renames on the way: the kernel cannot vouch for `..` this time.
      if (attempt === MAX_ATTEMPTS || !failedWith(error, 'EAGAIN')) throw error;
    }
  }
}

/** A handle to whatever lies at `path` (links followed), good for naming it in other calls only. */
export function openHandle(path: string): number {
  return own(syscall('openat', AT_FDCWD, path, O_PATH | O_CLOEXEC, 0));
}

/**
 * A handle to what `path` means to a process whose `/` is `root`: the kernel resolves it, `..` and absolute
 * links cannot leave the root, and links that are no paths (/proc/PID/fd) are refused.
 */
export function openHandleInRoot(root: number, path: string): number {
  return openat2(root, relative(path), O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/** Opens for reading by the same rule; a fifo does not block, a terminal does not become ours. */
export function openReadableInRoot(root: number, path: string): number {
  const flags = O_NONBLOCK | O_NOCTTY;
  return openat2(root, relative(path), flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

/** Opens a file below `root` for writing: no links, no `..`, no other filesystem. */
export function openWritableBelow(root: number, path: string): number {
  const O_WRONLY = 1;
  const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  return openat2(root, path, O_WRONLY, resolve);
}

export function makeDirectoryAt(directory: number, name: string): void {
  syscall('mkdirat', directory, name, 0o755);
}

/** Makes an empty file, only if the name is free: a link there counts as taken. */
export function makeFileAt(directory: number, name: string): number {
  return own(syscall('openat', directory, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644));
}

const F_DUPFD_CLOEXEC = 1030;

/** A second descriptor of the same thing. */
export function dup(fd: number): number {
  return own(syscall('fcntl', fd, F_DUPFD_CLOEXEC, 3));
}

function relative(path: string): string {
  return path.replace(/^\/+/, '') || '.';
}
