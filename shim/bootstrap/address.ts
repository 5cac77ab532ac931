import { ShimError } from '../errors.ts';
import { sha256 } from './sha256.ts';

/** Where shims put their sockets unless containerd says otherwise. */
export const DEFAULT_SOCKET_DIRECTORY = '/run/containerd/s';

/** `sun_path` holds 108 bytes, of which the last is NUL and Go's dialler spares one more. */
const MAX_PATH_BYTES = 106;

const SCHEME = 'unix://';

export interface SocketOwner {
  /** containerd's gRPC address: two daemons on one host must not meet on one socket. */
  readonly address: string;
  readonly containerdNamespace: string;
  /** Containers of one group share a shim; outside a pod it is the container's id. */
  readonly group: string;
}

/**
 * Path of the socket a group of containers is served on. The hash is salted: runc's shim hashes the same
 * words, and the two must be able to serve one pod side by side.
 *
 * @throws ShimError invalid-argument when the directory is too deep for a unix socket
 */
export function socketPath(owner: SocketOwner, directory: string = DEFAULT_SOCKET_DIRECTORY): string {
  const words = ['wws:', owner.address, owner.containerdNamespace, owner.group];
  const hash = sha256(words.join('\0'));
  const path = `${directory.replace(/\/+$/, '')}/${hash}`;
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new ShimError(
      'invalid-argument',
      `Cannot place the shim socket in "${directory}": the path would have ${Buffer.byteLength(path)} bytes, ` +
        `at most ${MAX_PATH_BYTES} are possible`,
    );
  }
  return path;
}

/** What containerd is told and what `BUNDLE/address` holds. */
export function toAddress(path: string): string {
  return SCHEME + path;
}

/** Path behind an address written by `toAddress()`, or undefined when it is not one of ours. */
export function fromAddress(address: string): string | undefined {
  if (!address.startsWith(`${SCHEME}/`)) return undefined;
  const path = address.slice(SCHEME.length);
  return /\/[0-9a-f]{64}$/.test(path) ? path : undefined;
}
