import { addressOf, failedWith, syscall } from './syscall.ts';

/** Flags of unshare(2) and setns(2) by the names the OCI runtime-spec gives Linux namespaces. */
export const NAMESPACE_FLAGS = {
  mount: 0x0002_0000,
  cgroup: 0x0200_0000,
  uts: 0x0400_0000,
  ipc: 0x0800_0000,
  user: 0x1000_0000,
  pid: 0x2000_0000,
  network: 0x4000_0000,
  time: 0x0000_0080,
} as const;

/** Gives the thread a root, working directory and umask of its own: setns(2) to a mount namespace wants it. */
export const CLONE_FS = 0x200;

export function unshare(flags: number): void {
  syscall('unshare', flags);
}

/** Moves the calling thread; a pid namespace takes effect for its next children. */
export function setns(fd: number, flags: number): void {
  syscall('setns', fd, flags);
}

/** Also the way back to a root that setns(2) forgot: `fchdir` to it, then `chroot('.')`. */
export function fchdir(fd: number): void {
  syscall('fchdir', fd);
}

export function chroot(path: string): void {
  syscall('chroot', path);
}

export function sethostname(name: string): void {
  const bytes = Buffer.from(name);
  syscall('sethostname', bytes, bytes.length);
}

export function setdomainname(name: string): void {
  const bytes = Buffer.from(name);
  syscall('setdomainname', bytes, bytes.length);
}

const PR_SET_DUMPABLE = 4;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

/** Keeps other processes of the same user from reading this one's memory, also just after a fork. */
export function forbidDumps(): void {
  syscall('prctl', PR_SET_DUMPABLE, 0, 0, 0, 0);
}

export function setNoNewPrivileges(): void {
  syscall('prctl', PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/** Takes every capability the kernel knows out of the calling thread's bounding and ambient sets. */
export function dropBoundingSet(): void {
  syscall('prctl', PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (let capability = 0; ; capability += 1) {
    try {
      syscall('prctl', PR_CAPBSET_DROP, capability, 0, 0, 0);
    } catch (error) {
      // The first number the kernel has no capability for.
      if (capability > 0 && failedWith(error, 'EINVAL')) return;
      throw error;
    }
  }
}

const LINUX_CAPABILITY_VERSION_3 = 0x2008_0522;

/** Empties the effective, permitted and inheritable sets of the calling thread. */
export function dropCapabilities(): void {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(LINUX_CAPABILITY_VERSION_3, 0);
  syscall('capset', header, Buffer.alloc(24));
}

export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
}

/** Becomes this user on the calling thread only: libc's own functions would change every thread. */
export function become({ uid, gid, additionalGids }: Identity): void {
  const groups = Buffer.alloc(Math.max(4, additionalGids.length * 4));
  for (const [index, group] of additionalGids.entries()) groups.writeUInt32LE(group, index * 4);
  syscall('setgroups', additionalGids.length, groups);
  syscall('setresgid', gid, gid, gid);
  syscall('setresuid', uid, uid, uid);
}

export function umask(mask: number): void {
  syscall('umask', mask);
}

const SECCOMP_SET_MODE_FILTER = 1;

/** Filters the calling thread and what it spawns; `program` is an array of `struct sock_filter`. */
export function installSeccomp(program: Uint8Array): void {
  const description = Buffer.alloc(16);
  description.writeUInt16LE(program.length / 8, 0);
  description.writeBigUInt64LE(addressOf(program), 8);
  syscall('seccomp', SECCOMP_SET_MODE_FILTER, 0, description);
  // The description holds a bare address: the program must not be collected before this line.
  if (program.length === 0) throw new Error('Cannot filter system calls: the program is empty');
}

/** In seconds, bytes or pieces, by resource; Infinity is `RLIM_INFINITY`. */
export interface ResourceLimit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** Sets a limit of another process (or with pid 0 of this one). */
export function setResourceLimit(pid: number, resource: number, { soft, hard }: ResourceLimit): void {
  const pair = Buffer.alloc(16);
  pair.writeBigUInt64LE(soft, 0);
  pair.writeBigUInt64LE(hard, 8);
  syscall('prlimit64', pid, resource, pair, null);
}

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0o2_000_000;

/** Two connected sockets, both closed on exec. */
export function socketPair(): readonly [number, number] {
  const pair = Buffer.alloc(8);
  syscall('socketpair', AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
  return [pair.readInt32LE(0), pair.readInt32LE(4)];
}

const CLOSE_RANGE_CLOEXEC = 4;

/** Marks every descriptor from `first` on as closed on exec, whoever opened it. */
export function closeOnExecFrom(first: number): void {
  syscall('close_range', first, 0xffff_ffff, CLOSE_RANGE_CLOEXEC);
}
