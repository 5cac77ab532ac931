import { chmodSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { ShimError } from '../errors.ts';
import { withLock } from './lock.ts';

/** A socket that is bound and listening, and the descriptor to hand on. */
export interface ListeningSocket {
  readonly fd: number;
  /** Takes the socket back, path included. */
  abandon(): void;
}

/**
 * Makes sure that `socket` is served: either a live server of the group answers there already (undefined),
 * or nobody does and it is bound anew, over the remains of a server that died. The lock settles two starts
 * of one group, of which otherwise each could unlink the other's fresh socket as a dead one.
 */
export async function claimSocket(socket: string): Promise<ListeningSocket | undefined> {
  mkdirSync(path.dirname(socket), { recursive: true, mode: 0o700 });
  return withLock(`${socket}.lock`, async () => {
    const state = await probe(socket);
    if (state === 'live') return undefined;
    if (state === 'dead') unlinkSync(socket);
    return listen(socket);
  });
}

/** Removes `socket` if nobody listens on it any more; says whether it is gone. */
export async function removeDeadSocket(socket: string): Promise<boolean> {
  if ((await probe(socket)) !== 'dead') return true;
  return withLock(`${socket}.lock`, async () => {
    const state = await probe(socket);
    if (state === 'dead') unlinkSync(socket);
    return state !== 'live';
  });
}

/** Only a refusal proves that a socket is dead: a full backlog (EAGAIN) is a server that is busy. */
function probe(socket: string): Promise<'live' | 'dead' | 'absent'> {
  return new Promise((resolve, reject) => {
    const connection = connect({ path: socket });
    connection.once('connect', () => {
      connection.destroy();
      resolve('live');
    });
    connection.once('error', (cause: NodeJS.ErrnoException) => {
      connection.destroy();
      if (cause.code === 'ENOENT') resolve('absent');
      else if (cause.code === 'ECONNREFUSED') resolve('dead');
      else if (cause.code === 'EAGAIN') resolve('live');
      else {
        reject(
          new ShimError('unavailable', `Cannot reach the shim socket "${socket}": ${cause.message}`, {
            cause,
          }),
        );
      }
    });
  });
}

function listen(socket: string): Promise<ListeningSocket> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) => {
      reject(new ShimError('unavailable', `Cannot listen on "${socket}": ${cause.message}`, { cause }));
    });
    server.listen(socket, () => {
      chmodSync(socket, 0o600);
      resolve({ fd: descriptorOf(server, socket), abandon: () => server.close() });
    });
  });
}

/** Node shows the descriptor of a listening socket only on its internal handle. */
function descriptorOf(server: Server, socket: string): number {
  const { _handle: handle } = server as Server & { readonly _handle?: { readonly fd?: number } };
  if (handle?.fd === undefined || handle.fd < 0) {
    throw new ShimError('unknown', `Cannot hand on "${socket}": Node gives no descriptor for it`);
  }
  return handle.fd;
}
