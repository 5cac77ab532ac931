import { writeSync } from 'node:fs';
import { ShimError } from '../errors.ts';
import { openOwned, own, release } from './descriptors.ts';
import { openHandle, openWritableBelow } from './open.ts';
import type { LinuxNamespaceType, Spec } from './spec.ts';
import { NAMESPACE_FLAGS, setdomainname, sethostname, setns, unshare } from './sys.ts';
import { reasonOf, syscall } from './syscall.ts';

/** Where each kind of Linux namespace of a container comes from. */
export interface LinuxNamespaces {
  readonly joined: ReadonlyMap<LinuxNamespaceType, string>;
  readonly made: ReadonlySet<LinuxNamespaceType>;
}

/**
 * Reads the wishes of the spec: a kind that is not listed is shared with the host.
 *
 * @throws ShimError invalid-argument for what a thread of a running program cannot enter
 */
export function linuxNamespaces(spec: Spec): LinuxNamespaces {
  const joined = new Map<LinuxNamespaceType, string>();
  const made = new Set<LinuxNamespaceType>();
  for (const { type, path } of spec.linux.linuxNamespaces) {
    if (type === 'user' || type === 'time') {
      throw refused(`containers of this runtime cannot have a ${type} namespace of their own`);
    }
    if (path === '') made.add(type);
    else if (type === 'mount') throw refused('a container cannot join a mount namespace');
    else joined.set(type, path);
  }
  made.add('mount');
  const own = (type: LinuxNamespaceType): boolean => joined.has(type) || made.has(type);
  if ((spec.hostname !== undefined || spec.domainname !== undefined) && !own('uts')) {
    throw refused('the host name can only be set in a uts namespace of the container');
  }
  return { joined, made };
}

/** Moves the calling thread: joins first, by descriptors opened while the host's paths mean what they should. */
export function enterLinuxNamespaces({ joined, made }: LinuxNamespaces): void {
  const opened = [...joined].map(([type, path]) => {
    try {
      return { type, path, fd: openOwned(path) };
    } catch (error) {
      throw refused(`the ${type} namespace at "${path}": ${reasonOf(error)}`, error);
    }
  });
  for (const { type, path, fd } of opened) {
    try {
      setns(fd, NAMESPACE_FLAGS[type]);
    } catch (error) {
      throw refused(`the ${type} namespace at "${path}": ${reasonOf(error)}`, error);
    }
    release(fd);
  }
  unshare([...made].reduce((flags, type) => flags | NAMESPACE_FLAGS[type], 0));
}

export function setNames({ hostname, domainname }: Spec): void {
  if (hostname !== undefined) sethostname(hostname);
  if (domainname !== undefined) setdomainname(domainname);
}

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2_000_000;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;
/** Offset of `ifr_flags` in `struct ifreq`. */
const FLAGS = 16;

/** Switches on `lo` in the calling thread's network namespace: a new one has it, but down. */
export function raiseLoopback(): void {
  const socket = own(syscall('socket', AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    const request = Buffer.alloc(40);
    request.write('lo');
    syscall('ioctl', socket, SIOCGIFFLAGS, request);
    request.writeInt16LE(request.readInt16LE(FLAGS) | IFF_UP, FLAGS);
    syscall('ioctl', socket, SIOCSIFFLAGS, request);
  } finally {
    release(socket);
  }
}

const IPC_SYSCTL =
  /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/;

/**
 * Writes `linux.sysctl` in the namespaces the calling thread is in now: /proc/sys shows each thread its own.
 *
 * @throws ShimError invalid-argument for a setting that would be the host's
 */
export function writeSysctls(
  sysctl: Readonly<Record<string, string>>,
  { joined, made }: LinuxNamespaces,
): void {
  const own = (type: LinuxNamespaceType): boolean => joined.has(type) || made.has(type);
  for (const [name, value] of Object.entries(sysctl)) {
    const scope = name.startsWith('net.') ? 'network' : IPC_SYSCTL.test(name) ? 'ipc' : undefined;
    if (scope === undefined || !own(scope)) {
      throw refused(`sysctl "${name}" would change the host`);
    }
    writeSysctl(name, value);
  }
}

function writeSysctl(name: string, value: string): void {
  const root = openHandle('/proc/sys');
  try {
    // Interface names may hold a dot, which is then written as a slash.
    const path = name.replaceAll(/[./]/g, (mark) => (mark === '.' ? '/' : '.'));
    const fd = openWritableBelow(root, path);
    try {
      writeSync(fd, value);
    } finally {
      release(fd);
    }
  } catch (error) {
    throw refused(`sysctl "${name}" to "${value}": ${reasonOf(error)}`, error);
  } finally {
    release(root);
  }
}

function refused(what: string, cause?: unknown): ShimError {
  return new ShimError('invalid-argument', `Cannot set up the container's namespaces: ${what}`, { cause });
}
