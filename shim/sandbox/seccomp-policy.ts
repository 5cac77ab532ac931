import { constants } from 'node:os';
import { ALLOW, type ArgumentCondition, assemble, type FilterRule, refuse } from './seccomp-program.ts';
import type { SyscallTable } from './syscall-numbers.ts';

const names = (text: string): readonly string[] => text.trim().split(/\s+/);

/** What a booted runtime needs: Node with its HTTP server, threads and WebAssembly, and our WASI host's calls. */
const RUNTIME = names(`
  brk mmap munmap mremap mprotect madvise membarrier memfd_create pkey_alloc pkey_free pkey_mprotect
  futex futex_waitv set_robust_list rseq sched_yield sched_getaffinity sched_getscheduler sched_getparam
  gettid exit exit_group restart_syscall getcpu
  rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack
  clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times
  openat openat2 open close close_range read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2
  lseek fstat stat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents64 getcwd
  mkdir mkdirat unlink unlinkat rmdir rename renameat renameat2 link linkat symlink symlinkat
  truncate ftruncate fallocate fsync fdatasync utimensat fadvise64 sendfile copy_file_range flock
  chmod fchmod fchmodat fchmodat2 dup dup2 dup3 statfs fstatfs umask
  connect bind listen accept accept4 getsockname getpeername setsockopt getsockopt shutdown
  sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg
  epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 poll ppoll select pselect6 eventfd2 pipe pipe2
  io_uring_enter io_uring_register
  getpid getppid getuid geteuid getgid getegid getgroups getresuid getresgid getpgrp getpgid getsid
  uname sysinfo getrusage getrlimit capget getrandom prctl
`);

/** What the spawning thread does between filter and exec, the loader at start-up, and the second filter. */
const BOOT = names('execve arch_prctl set_tid_address setsid chdir seccomp prlimit64');

const { ENOSYS, EPERM } = constants.errno;
const CLONE_THREAD = 0x1_0000n;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. */
const CLONE_NEW = 0x7e02_0000n;
const LOW_HALF = 0xffff_ffffn;
const AF_INET = 2n;
const AF_INET6 = 10n;

const low = (index: number, value: bigint): readonly ArgumentCondition[] => [
  // The kernel takes these arguments as 32 bits: what is above them must not hide them.
  { index, is: '==', value, mask: LOW_HALF },
];

/** Signals and limits of others, sent by ways that look harmless. */
const TIOCSTI = 0x5412n;
const TIOCLINUX = 0x541cn;
const FIOSETOWN = 0x8901n;
const SIOCSPGRP = 0x8902n;
const F_SETOWN = 8n;
const F_SETOWN_EX = 15n;

export interface FilterOptions {
  /** False where the container sees processes that are not its own: it must not signal them. */
  readonly ownPidNamespace: boolean;
}

const common = ({ ownPidNamespace }: FilterOptions): readonly FilterRule[] => [
  // libuv opens a ring where it can and does without where it cannot, but aborts when an open one fails.
  { names: ['io_uring_setup'], action: refuse(ENOSYS) },
  // Its flags lie in memory where no filter sees them; glibc falls back to clone().
  { names: ['clone3'], action: refuse(ENOSYS) },
  { names: ['socket'], conditions: low(0, AF_INET), action: ALLOW },
  { names: ['socket'], conditions: low(0, AF_INET6), action: ALLOW },
  ...[TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP].map((request) => ({
    names: ['ioctl'],
    conditions: low(1, request),
    action: refuse(EPERM),
  })),
  ...[F_SETOWN, F_SETOWN_EX].map((command) => ({
    names: ['fcntl'],
    conditions: low(1, command),
    action: refuse(EPERM),
  })),
  { names: ['ioctl', 'fcntl'], action: ALLOW },
  { names: ownPidNamespace ? ['tgkill'] : [], action: ALLOW },
];

/** Assembling takes milliseconds in a thread that has just booted: both programs of each kind are kept. */
function kept(assembleFor: (table: SyscallTable, options: FilterOptions) => Uint8Array): typeof assembleFor {
  const programs = new Map<string, Uint8Array>();
  return (table, options) => {
    const key = `${table.architecture} ${options.ownPidNamespace}`;
    const program = programs.get(key) ?? assembleFor(table, options);
    programs.set(key, program);
    return program;
  };
}

/**
 * The filter a container's process is born with. It must let through what the spawning thread does to give
 * birth, hence exec and new processes (though none in namespaces of their own).
 */
export const birthFilter: (table: SyscallTable, options: FilterOptions) => Uint8Array = kept(
  (table, options) => {
    const rules: readonly FilterRule[] = [
      { names: RUNTIME, action: ALLOW },
      { names: BOOT, action: ALLOW },
      { names: ['clone'], conditions: [{ index: 0, is: '==', value: 0n, mask: CLONE_NEW }], action: ALLOW },
      { names: ['vfork'], action: ALLOW },
      ...common(options),
    ];
    return assemble({ rules, otherwise: refuse(EPERM), unknown: refuse(ENOSYS) }, table);
  },
);

/** The filter a runtime puts on all its threads once it has booted: no exec, no new process, no way back. */
export const runtimeFilter: (table: SyscallTable, options: FilterOptions) => Uint8Array = kept(
  (table, options) => {
    const thread = { index: 0, is: '==', value: CLONE_THREAD, mask: CLONE_THREAD } as const;
    const rules: readonly FilterRule[] = [
      { names: RUNTIME, action: ALLOW },
      { names: ['clone'], conditions: [thread], action: ALLOW },
      { names: ['prlimit64'], conditions: low(0, 0n), action: ALLOW },
      ...common(options),
    ];
    return assemble({ rules, otherwise: refuse(EPERM), unknown: refuse(ENOSYS) }, table);
  },
);
