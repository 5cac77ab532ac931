import { closeSync, constants, existsSync, openSync } from 'node:fs';
import path from 'node:path';
import type { ShimFlags } from '../args.ts';
import { ShimError } from '../errors.ts';
import { Log } from '../log.ts';
import { prepareForSandboxes } from '../sandbox/prepare.ts';
import { DEFAULT_SOCKET_DIRECTORY, socketPath, toAddress } from './address.ts';
import { writeBundleFile } from './bundle-file.ts';
import { readConfig } from './config-file.ts';
import { closeInherited, detach } from './detach.ts';
import { groupOf } from './grouping.ts';
import { readParams } from './params.ts';
import { claimSocket, type ListeningSocket } from './socket.ts';

export interface StartRequest {
  readonly flags: ShimFlags;
  /** The bundle: containerd runs `start` inside it. */
  readonly bundle: string;
  readonly stdin: Uint8Array;
  /** Flags a newer containerd passed and we do not know. */
  readonly unknownFlags: readonly string[];
  /** Tells the address that containerd dials, once and at once. */
  readonly answer: (address: string) => void;
}

/**
 * Makes sure that a server runs for the container's group. Where there is one, its address is all of the
 * answer. Where there is none, this process becomes it, and stays: a second Node for the server would cost
 * each container another boot. The caller, whom the launcher lets go after the answer, dials a socket that
 * listens already, and its request waits there while the server loads.
 *
 * Resolves when the process may end.
 *
 * @throws ShimError when there is no server, with nothing left behind
 */
export async function start({ flags, bundle, stdin, unknownFlags, answer }: StartRequest): Promise<void> {
  if (flags.id === '') throw missing('-id');
  if (flags.containerdNamespace === '') throw missing('-namespace');
  closeInherited();
  const params = readParams(stdin, flags.id, flags.containerdNamespace);
  const group = groupOf(flags.id, readConfig(bundle)?.annotations);
  const socket = socketPath({ ...flags, group }, params.socketDirectory ?? DEFAULT_SOCKET_DIRECTORY);
  // The thread that makes the container is the last thing to be ready for it, so its boot begins before all
  // else; only where there seems to be a server already it would be for nothing.
  if (!existsSync(socket)) prepareForSandboxes();
  const log = openLog(bundle);
  if (log !== undefined && unknownFlags.length > 0) {
    new Log({ fd: log }).warn(`Ignoring unknown flags: ${unknownFlags.join(' ')}`, { id: flags.id });
  }
  const listening = await claim(socket, flags.id, bundle);
  answer(toAddress(socket));
  if (listening === undefined) {
    if (log !== undefined) closeSync(log);
    return;
  }
  detach(log);
  prepareForSandboxes();
  const { serve } = await import('../server.ts');
  await serve({
    flags: { ...flags, debug: flags.debug || params.debug },
    socket,
    listenFd: listening.fd,
    ttrpcAddress: params.ttrpcAddress ?? process.env['TTRPC_ADDRESS'] ?? '',
  });
}

async function claim(socket: string, id: string, bundle: string): Promise<ListeningSocket | undefined> {
  const listening = await claimSocket(socket, id);
  try {
    writeBundleFile(bundle, 'address', toAddress(socket));
    return listening;
  } catch (cause) {
    listening?.abandon();
    throw cause;
  }
}

/** containerd reads the bundle's fifo `log`; O_RDWR because it may be away, O_NONBLOCK because it may be slow. */
function openLog(bundle: string): number | undefined {
  try {
    return openSync(path.join(bundle, 'log'), constants.O_RDWR | constants.O_NONBLOCK | constants.O_APPEND);
  } catch {
    // Without the fifo the server runs all the same, mute.
    return undefined;
  }
}

function missing(flag: string): ShimError {
  return new ShimError('invalid-argument', `Cannot start the shim: flag "${flag}" is missing`);
}
