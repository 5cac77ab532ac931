import { chmodSync, mkdirSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { ShimError } from '../errors.ts';
import { expectRequest } from './expect.ts';
import { withLock } from './lock.ts';

/** A server may have just been started and still boot. */
const ANSWER_LIMIT_MS = 10_000;

const MAX_ATTEMPTS = 5;

/** A socket that is bound and listening, and the descriptor to hand on. */
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
    const state = await probe(socket, expectRequest(id));
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

/**
 * Asks who serves `socket`. Only a refusal proves that it is dead: a full backlog (EAGAIN) is a server that
 * is busy, and one that hangs up without an answer is on its way out, so the question is put again.
 */
async function probe(socket: string, question?: Uint8Array): Promise<'live' | 'dead' | 'absent'> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const answer = await ask(socket, question);
    if (answer !== 'hung up') return answer;
  }
  throw new ShimError('unavailable', `Cannot reach the shim at "${socket}": it hangs up every time`);
}

function ask(socket: string, question?: Uint8Array): Promise<'live' | 'dead' | 'absent' | 'hung up'> {
  return new Promise((resolve, reject) => {
    const connection = connect({ path: socket });
    const settle = (answer: 'live' | 'dead' | 'absent' | 'hung up'): void => {
      clearTimeout(timer);
      connection.destroy();
      resolve(answer);
    };
    const fail = (reason: string, cause?: Error): void => {
      clearTimeout(timer);
      connection.destroy();
      reject(new ShimError('unavailable', `Cannot reach the shim at "${socket}": ${reason}`, { cause }));
    };
    const timer = setTimeout(() => fail(`no answer within ${ANSWER_LIMIT_MS} ms`), ANSWER_LIMIT_MS);
    connection.once('connect', () => {
      if (question) connection.write(question);
      else settle('live');
    });
    // Whatever it says, it is there: an older server may not know the question.
    connection.once('data', () => settle('live'));
    connection.once('end', () => settle('hung up'));
    connection.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') settle('absent');
      else if (cause.code === 'ECONNREFUSED') settle('dead');
      else if (cause.code === 'EAGAIN') settle('live');
      else if (cause.code === 'ECONNRESET' || cause.code === 'EPIPE') settle('hung up');
      else fail(cause.message, cause);
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
