import type { AddressInfo, Server } from 'node:net';

/** Where to listen. Without a host: on every address, of both families where there are both. Port 0 takes any free one. */
export interface ListenOptions {
  readonly host?: string;
  readonly port: number;
}

/** So many connections wait while the loop is busy. */
const BACKLOG = 1024;

/** How messages tell this port from others: ` for metrics`, and the flag that chooses it. */
export interface PortPurpose {
  readonly purpose: string;
  readonly flag: string;
}

const APP: PortPurpose = { purpose: '', flag: '--port' };

/** Makes `server` listen, and resolves with the address taken. Rejects with a message for whoever chose it. */
export async function listen(
  server: Server,
  on: ListenOptions,
  { purpose, flag }: PortPurpose = APP,
): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ ...on, backlog: BACKLOG }, resolve);
  try {
    await promise;
  } catch (error) {
    const where = on.host === undefined ? `port ${on.port}` : `"${on.host}" port ${on.port}`;
    throw new Error(`Cannot listen on ${where}${purpose}: ${reasonOf(error, flag)}`, { cause: error });
  }
  server.off('error', reject);
  return server.address() as AddressInfo;
}

function reasonOf(error: unknown, flag: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `the port is in use (choose another with ${flag})`;
  if (code === 'EACCES') return 'not permitted (ports below 1024 belong to root)';
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return 'no such address on this machine';
  return message;
}
