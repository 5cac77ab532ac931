import { connect } from 'node:net';
import { ImageError, type ImageErrorCode, reasonOf, systemCode } from '../../errors.ts';

export const DEFAULT_ADDRESS = '/run/containerd/containerd.sock';
export const DEFAULT_NAMESPACE = 'default';

/** Where containerd is and whose images are meant; both as `ctr` takes them. */
export interface ContainerdTarget {
  /** Path of the gRPC socket. */
  readonly address: string;
  readonly containerdNamespace: string;
}

/** Flags first, then the variables `ctr` reads, then containerd's defaults. */
export function containerdTarget(
  flags: { readonly address?: string | undefined; readonly namespace?: string | undefined },
  env: NodeJS.ProcessEnv,
): ContainerdTarget {
  const address = flags.address || env['CONTAINERD_ADDRESS'] || DEFAULT_ADDRESS;
  return {
    address: address.replace(/^unix:(\/\/)?/, ''),
    containerdNamespace: flags.namespace || env['CONTAINERD_NAMESPACE'] || DEFAULT_NAMESPACE,
  };
}

const refusals: Readonly<Record<string, readonly [ImageErrorCode, string]>> = {
  ENOENT: ['engine-missing', 'there is no such socket'],
  ENOTDIR: ['engine-missing', 'there is no such socket'],
  ECONNREFUSED: ['engine-missing', 'nothing listens on it'],
  EACCES: ['engine-denied', 'permission denied'],
  EPERM: ['engine-denied', 'permission denied'],
};

/** Connects once to say exactly what is wrong with the socket; gRPC calls every failure "unavailable". */
export async function probeSocket(address: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(address, resolve).on('error', reject);
  try {
    await promise;
  } catch (error) {
    const [code, why] = refusals[systemCode(error) ?? ''] ?? ['engine-foreign', reasonOf(error)];
    throw new ImageError(code, `Cannot reach containerd at "${address}": ${why}`, { cause: error });
  } finally {
    socket.destroy();
  }
}
