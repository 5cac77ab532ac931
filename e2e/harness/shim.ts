import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { TtrpcClient } from '#shim/ttrpc/client.ts';
import type { Containerd } from './containerd.ts';
import { findProcesses } from './processes.ts';

/** The one shim server that runs in the machine, in the machine's own count of processes. */
export async function shimServerPid(containerd: Containerd): Promise<number> {
  const servers = await findProcesses(containerd.machine, 'shim-server.cjs');
  const [server, ...others] = servers;
  if (server === undefined || others.length > 0) {
    throw new Error(`Cannot tell the shim server: there are ${servers.length}`);
  }
  return server.pid;
}

/** Path of the socket that containerd dials for the container, as this process can open it. */
export async function shimSocket(containerd: Containerd, id: string): Promise<string> {
  const bundle = path.join(containerd.bundles, containerd.machine.id, id);
  const address = await readFile(path.join(bundle, 'address'), 'utf8');
  return containerd.machine.outside(address.replace(/^unix:\/\//, ''));
}

/** A second client beside containerd on the container's shim. */
export async function dialShim(containerd: Containerd, id: string): Promise<TtrpcClient> {
  return TtrpcClient.connect(await shimSocket(containerd, id));
}
