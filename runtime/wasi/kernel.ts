import { KernelError } from './errno.ts';
import { recordClose, recordOpen } from './ledger.ts';

/** Values that Node's `fs.constants` lacks; the same on x86-64 and arm64. */
export const O_PATH = 0o10000000;
export const O_CLOEXEC = 0o2000000;
export const AT_FDCWD = -100;
const AT_REMOVEDIR = 0x200;
const AT_EMPTY_PATH = 0x1000;

/** `openat2(2)` resolve flags. */
export const Resolve = { noXdev: 0x01, noMagiclinks: 0x02, noSymlinks: 0x04, beneath: 0x08 } as const;

/** `poll(2)` events. */
export const Poll = { in: 0x01, out: 0x04, error: 0x08, hangUp: 0x10, invalid: 0x20 } as const;

/** `openat2` is number 437 on both architectures, and libc has no wrapper for it. */
const SYS_OPENAT2 = 437n;

/** An access or modification time for `utimensat(2)`; nanoseconds since the epoch, or a word of the kernel's. */
export type FileTime = bigint | 'now' | 'omit';

type Kernel = ReturnType<typeof load>;
let kernel: Kernel | undefined;

/** Loaded at first use: a guest without folders needs none of it. */
function libc(): Kernel {
  kernel ??= load();
  return kernel;
}

function load() {
  // Undefined in a Node that is older, or was told to do without.
  const ffi: typeof import('node:ffi') | undefined = process.getBuiltinModule('node:ffi');
  if (ffi === undefined) {
    throw new Error('This Node has no module "node:ffi", which calls the kernel (run Node 26 as it comes)');
  }
  const { functions } = ffi.dlopen(null, {
    syscall: { arguments: ['i64', 'i64', 'buffer', 'buffer', 'u64'], return: 'i64' },
    close: { arguments: ['i32'], return: 'i32' },
    mkdirat: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
    unlinkat: { arguments: ['i32', 'buffer', 'i32'], return: 'i32' },
    renameat: { arguments: ['i32', 'buffer', 'i32', 'buffer'], return: 'i32' },
    linkat: { arguments: ['i32', 'buffer', 'i32', 'buffer', 'i32'], return: 'i32' },
    symlinkat: { arguments: ['buffer', 'i32', 'buffer'], return: 'i32' },
    readlinkat: { arguments: ['i32', 'buffer', 'buffer', 'u64'], return: 'i64' },
    utimensat: { arguments: ['i32', 'buffer', 'buffer', 'i32'], return: 'i32' },
    futimens: { arguments: ['i32', 'buffer'], return: 'i32' },
    lseek: { arguments: ['i32', 'i64', 'i32'], return: 'i64' },
    getdents64: { arguments: ['i32', 'buffer', 'u64'], return: 'i64' },
    fallocate: { arguments: ['i32', 'i32', 'i64', 'i64'], return: 'i32' },
    posix_fadvise: { arguments: ['i32', 'i64', 'i64', 'i32'], return: 'i32' },
    fstatfs: { arguments: ['i32', 'buffer'], return: 'i32' },
    fcntl: { arguments: ['i32', 'i32', 'i64'], return: 'i32' },
    ppoll: { arguments: ['buffer', 'u64', 'buffer', 'buffer'], return: 'i32' },
    eventfd: { arguments: ['u32', 'i32'], return: 'i32' },
    __errno_location: { arguments: [], return: 'pointer' },
  });
  return { functions, errno: (): number => ffi.getInt32(functions.__errno_location()) };
}

/** The result of a call that answers -1 on failure; throws `KernelError` then. */
function checked(call: string, result: number | bigint): number {
  const value = Number(result);
  if (value >= 0) return value;
  throw new KernelError(call, libc().errno());
}

/**
 * `openat2(2)`; the descriptor goes on the thread's ledger and is closed by `close` below. `path` ends with
 * NUL, here and in every other call.
 */
export function openat2(
  directory: number,
  path: Uint8Array,
  flags: number,
  resolve: number,
  mode = 0,
): number {
  const how = Buffer.alloc(24);
  how.writeBigUInt64LE(BigInt(flags | O_CLOEXEC), 0);
  how.writeBigUInt64LE(BigInt(mode), 8);
  how.writeBigUInt64LE(BigInt(resolve), 16);
  const { syscall } = libc().functions;
  const at = BigInt(directory);
  return checked(
    'openat2',
    recordOpen(() => syscall(SYS_OPENAT2, at, path, how, 24n)),
  );
}

/** Node's own `close` warns, in a worker thread, about descriptors that Node has not opened. */
export function close(fd: number): void {
  checked(
    'close',
    recordClose(fd, () => libc().functions.close(fd)),
  );
}

export function mkdirat(directory: number, name: Uint8Array, mode: number): void {
  checked('mkdirat', libc().functions.mkdirat(directory, name, mode));
}

export function unlinkat(directory: number, name: Uint8Array): void {
  checked('unlinkat', libc().functions.unlinkat(directory, name, 0));
}

export function rmdirat(directory: number, name: Uint8Array): void {
  checked('unlinkat', libc().functions.unlinkat(directory, name, AT_REMOVEDIR));
}

export function renameat(from: number, fromName: Uint8Array, to: number, toName: Uint8Array): void {
  checked('renameat', libc().functions.renameat(from, fromName, to, toName));
}

/** A symbolic link is linked itself, never followed. */
export function linkat(from: number, fromName: Uint8Array, to: number, toName: Uint8Array): void {
  checked('linkat', libc().functions.linkat(from, fromName, to, toName, 0));
}

export function symlinkat(target: Uint8Array, directory: number, name: Uint8Array): void {
  checked('symlinkat', libc().functions.symlinkat(target, directory, name));
}

const emptyPath = Uint8Array.of(0);

/** Reads the link that an `O_PATH` descriptor stands for, cut to the size of `into`. */
export function readlink(fd: number, into: Uint8Array): number {
  return checked('readlinkat', libc().functions.readlinkat(fd, emptyPath, into, BigInt(into.length)));
}

/** Sets the times of what an `O_PATH` descriptor stands for, be it a symbolic link. */
export function setPathTimes(fd: number, atime: FileTime, mtime: FileTime): void {
  checked('utimensat', libc().functions.utimensat(fd, emptyPath, timespecs(atime, mtime), AT_EMPTY_PATH));
}

export function setFileTimes(fd: number, atime: FileTime, mtime: FileTime): void {
  checked('futimens', libc().functions.futimens(fd, timespecs(atime, mtime)));
}

function timespecs(...times: readonly FileTime[]): Uint8Array {
  const nanosecondsPerSecond = 1_000_000_000n;
  const pair = Buffer.alloc(16 * times.length);
  times.forEach((time, i) => {
    if (typeof time === 'bigint') pair.writeBigInt64LE(time / nanosecondsPerSecond, 16 * i);
    // UTIME_NOW and UTIME_OMIT stand in the place of the nanoseconds.
    const nanoseconds =
      time === 'now' ? 0x3fffffffn : time === 'omit' ? 0x3ffffffen : time % nanosecondsPerSecond;
    pair.writeBigInt64LE(nanoseconds, 16 * i + 8);
  });
  return pair;
}

/** `whence` as `lseek(2)` counts: 0 from the start, 1 from here, 2 from the end. */
export function lseek(fd: number, offset: bigint, whence: number): bigint {
  const position = libc().functions.lseek(fd, offset, whence);
  checked('lseek', position);
  return position;
}

/** Fills `into` with `linux_dirent64` records and returns their size; 0 is the end of the directory. */
export function getdents(fd: number, into: Uint8Array): number {
  return checked('getdents64', libc().functions.getdents64(fd, into, BigInt(into.length)));
}

export function fallocate(fd: number, offset: bigint, length: bigint): void {
  checked('fallocate', libc().functions.fallocate(fd, 0, offset, length));
}

export function fadvise(fd: number, offset: bigint, length: bigint, advice: number): void {
  // This one answers the error number itself.
  const errno = libc().functions.posix_fadvise(fd, offset, length, advice);
  if (errno !== 0) throw new KernelError('posix_fadvise', errno);
}

export interface Filesystem {
  /** `statfs.f_type`. */
  readonly type: bigint;
  /** Mounted so that devices in it cannot be opened. */
  readonly nodev: boolean;
}

/** What kind of file system a descriptor is on. */
export function filesystemOf(fd: number): Filesystem {
  const ST_NODEV = 4n;
  const statfs = Buffer.alloc(256);
  checked('fstatfs', libc().functions.fstatfs(fd, statfs));
  return { type: statfs.readBigInt64LE(0), nodev: (statfs.readBigInt64LE(80) & ST_NODEV) !== 0n };
}

/** File status flags, e.g. `O_NONBLOCK`. */
export function statusFlags(fd: number): number {
  const F_GETFL = 3;
  return checked('fcntl', libc().functions.fcntl(fd, F_GETFL, 0n));
}

export function setStatusFlags(fd: number, flags: number): void {
  const F_SETFL = 4;
  checked('fcntl', libc().functions.fcntl(fd, F_SETFL, BigInt(flags)));
}

export interface PollRequest {
  readonly fd: number;
  /** Of `Poll`. */
  readonly events: number;
}

/** `ppoll(2)`: the events of each request, in order. Waits `timeout` nanoseconds, or for ever without one. */
export function poll(requests: readonly PollRequest[], timeout?: bigint): number[] {
  const set = Buffer.alloc(8 * requests.length);
  requests.forEach(({ fd, events }, i) => {
    set.writeInt32LE(fd, 8 * i);
    set.writeInt16LE(events, 8 * i + 4);
  });
  const spec = timeout === undefined ? null : timespecs(timeout);
  checked('ppoll', libc().functions.ppoll(set, BigInt(requests.length), spec, null));
  return requests.map((_, i) => set.readInt16LE(8 * i + 6));
}

/** A descriptor that becomes readable once 8 bytes (a 64-bit count) are written to it. */
export function eventfd(): number {
  return checked('eventfd', libc().functions.eventfd(0, O_CLOEXEC));
}
