import { spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import path from 'node:path';
import type { ShimFlags } from '../args.ts';
import { ShimError } from '../errors.ts';
import { Log } from '../log.ts';
import { closeOnExecFrom } from '../sandbox/sys.ts';
import { DEFAULT_SOCKET_DIRECTORY, socketPath, toAddress } from './address.ts';
import { writeBundleFile } from './bundle-file.ts';
import { readConfig } from './config-file.ts';
import { groupOf } from './grouping.ts';
import { type BootstrapParams, readParams } from './params.ts';
import { serverProgram } from './program-files.ts';
import { claimSocket } from './socket.ts';

export interface StartRequest {
  readonly flags: ShimFlags;
  /** The bundle: containerd runs `start` inside it. */
  readonly bundle: string;
  readonly stdin: Uint8Array;
  /** Flags a newer containerd passed and we do not know. */
  readonly unknownFlags: readonly string[];
}

/**
 * Makes sure that a server runs for the container's group and gives the address containerd dials, once and
 * at once: so the socket listens before the server has even booted, and connections wait in its backlog.
 *
 * The caller must end with `process.exit()`: a regular end of the event loop would unlink the socket.
 *
 * @throws ShimError when there is no server, with nothing left behind
 */
export async function start({ flags, bundle, stdin, unknownFlags }: StartRequest): Promise<string> {
  if (flags.id === '') throw missing('-id');
  if (flags.containerdNamespace === '') throw missing('-namespace');
  const params = readParams(stdin, flags.id, flags.containerdNamespace);
  const group = groupOf(flags.id, readConfig(bundle)?.annotations);
  const socket = socketPath({ ...flags, group }, params.socketDirectory ?? DEFAULT_SOCKET_DIRECTORY);
  const log = openLog(bundle);
  try {
    if (log !== undefined && unknownFlags.length > 0) {
      new Log({ fd: log }).warn(`Ignoring unknown flags: ${unknownFlags.join(' ')}`, { id: flags.id });
    }
    const claimed = await claimSocket(socket, flags.id);
    try {
      // The server comes last: it could not be taken back.
      writeBundleFile(bundle, 'address', toAddress(socket));
      if (claimed) await spawnServer({ flags, params, socket, listenFd: claimed.fd, log });
    } catch (cause) {
      claimed?.abandon();
      throw cause;
    }
  } finally {
    if (log !== undefined) closeSync(log);
  }
  return toAddress(socket);
}

interface ServerLaunch {
  readonly flags: ShimFlags;
  readonly params: BootstrapParams;
  readonly socket: string;
  readonly listenFd: number;
  readonly log: number | undefined;
}

/** Resolves once the server's process exists. It finds its listening socket at descriptor 3. */
function spawnServer({ flags, params, socket, listenFd, log }: ServerLaunch): Promise<void> {
  const argv = ['-namespace', flags.containerdNamespace, '-id', flags.id, '-address', flags.address];
  argv.push('-publish-binary', flags.publishBinary, '-socket', socket);
  if (flags.debug || params.debug) argv.push('-debug');
  const env = { ...process.env };
  if (params.ttrpcAddress !== undefined) env['TTRPC_ADDRESS'] = params.ttrpcAddress;
  // Whatever else a careless parent has left open to us ends here.
  closeOnExecFrom(3);
  return new Promise((resolve, reject) => {
    const server = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', serverProgram(), ...argv],
      {
        // Away from the bundle, which containerd removes, and from its process group.
        cwd: '/',
        detached: true,
        env,
        // containerd waits for the end of our stdout and stderr: the server must not hold them.
        stdio: ['ignore', 'ignore', log ?? 'ignore', listenFd],
      },
    );
    server.once('spawn', resolve);
    server.once('error', (cause) => {
      reject(new ShimError('unavailable', `Cannot start the shim server: ${cause.message}`, { cause }));
    });
  });
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
