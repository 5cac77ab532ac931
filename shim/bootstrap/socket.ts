import { chmodSync, closeSync, existsSync, mkdirSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { ShimError } from '../errors.ts';
import { reasonOf, syscall } from '../sandbox/syscall.ts';
import { expectRequest } from './expect.ts';
import { withLock } from './lock.ts';

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4_000;
const SOCK_CLOEXEC = 0o2_000_000;
const BACKLOG = 511;

/** A socket that is bound and listening. */
export interface ListeningSocket {
  readonly fd: number;
  /** Takes the socket back, path included. */
  abandon(): void;
}

/**
 * Makes sure that `socket` is served: either a live server of the group answers there already (undefined),
 * or nobody does and it is bound anew, over the remains of a server that died. The lock settles two starts
 * of one group, of which otherwise each could unlink the other's fresh socket as a dead one; and a live server
 * has promised to stay for the container that comes.
 */
export async function claimSocket(socket: string, id: string): Promise<ListeningSocket | undefined> {
  mkdirSync(path.dirname(socket), { recursive: true, mode: 0o700 });
  return withLock(`${socket}.lock`, async () => {
    const state = await stateOf(socket, expectRequest(id));
    if (state === 'live') return undefined;
    if (state === 'dead') unlinkSync(socket);
    return listen(socket);
  });
}

/** Removes `socket` if nobody listens on it any more; says whether it is gone. */
export async function removeDeadSocket(socket: string): Promise<boolean> {
  if ((await stateOf(socket)) !== 'dead') return true;
  return withLock(`${socket}.lock`, async () => {
    const state = await stateOf(socket);
    if (state === 'dead') unlinkSync(socket);
    return state !== 'live';
  });
}

/** Most groups are new: then there is nobody to ask, and node:net need not be loaded while containerd waits. */
async function stateOf(socket: string, question?: Uint8Array): Promise<'live' | 'dead' | 'absent'> {
  if (!existsSync(socket)) return 'absent';
  const { probe } = await import('./probe.ts');
  return probe(socket, question);
}

/**
 * Connections wait in the backlog until somebody accepts them: a server of node:net would accept from the
 * first turn of the event loop on, before ours is loaded.
 */
function listen(socket: string): ListeningSocket {
  const fd = syscall('socket', AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  let bound = false;
  const abandon = (): void => {
    if (bound) unlinkSync(socket);
    closeSync(fd);
  };
  try {
    const address = unixAddress(socket);
    syscall('bind', fd, address, address.length);
    bound = true;
    chmodSync(socket, 0o600);
    syscall('listen', fd, BACKLOG);
    return { fd, abandon };
  } catch (cause) {
    abandon();
    throw new ShimError('unavailable', `Cannot listen on "${socket}": ${reasonOf(cause)}`, { cause });
  }
}

/** `struct sockaddr_un`, unix(7): the family, then the path up to its NUL. */
function unixAddress(socket: string): Uint8Array {
  const name = Buffer.from(`${socket}\0`);
  const address = Buffer.alloc(2 + name.length);
  // In the byte order of the machines Node is pinned for.
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  return address;
}
