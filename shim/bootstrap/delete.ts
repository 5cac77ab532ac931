import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import type { ShimFlags } from '../args.ts';
import { ShimError } from '../errors.ts';
import type { Exit } from '../sandbox/sandbox.ts';
import { fromAddress } from './address.ts';
import { readBundleFile } from './bundle-file.ts';
import { encodeDeleteResponse, readExit, unknownExit, writeExit } from './exit-file.ts';
import { mountsBelow } from './mount-table.ts';
import { readRecord, removeRecord } from './record-file.ts';

/** containerd kills `delete` after 5 s; an answer without all of the clean-up is better than none. */
const CLEAN_UP_LIMIT_MS = 4000;

export interface DeleteAnswer {
  /** Encoded `DeleteResponse` for stdout. */
  readonly response: Uint8Array;
  /** What could not be cleaned up; containerd logs it as warnings. */
  readonly warnings: readonly string[];
}

/**
 * Cleans up after one container, be its shim well, gone in order or killed. Runs after every container, so
 * the usual case (the server did it all) reads two files; and it may run again at any time.
 */
export async function deleteContainer(flags: ShimFlags): Promise<DeleteAnswer> {
  if (flags.bundle === '') {
    throw new ShimError('invalid-argument', 'Cannot clean up: flag "-bundle" is missing');
  }
  const warnings: string[] = [];
  const attempt = async (work: () => void | Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      warnings.push(cause instanceof Error ? cause.message : String(cause));
    }
  };
  const bundle = resolveBundle(flags.bundle);
  if (bundle === undefined) return { response: encodeDeleteResponse(0, unknownExit()), warnings };

  let killed: KilledSandbox | undefined;
  await attempt(async () => {
    killed = await cleanUpRecorded(bundle);
    if (killed === undefined && readExit(bundle) === undefined) await cleanUpUnrecorded(flags, bundle);
  });
  await attempt(() => unmountRootfs(path.join(bundle, 'rootfs')));
  await attempt(() => removeSocket(bundle));
  const exit = killed?.exit ?? unknownExit();
  const pid = killed?.pid ?? 0;
  return { response: readExit(bundle) ?? encodeDeleteResponse(pid, exit), warnings };
}

/** What a step needs is loaded only when there is something to do, which after a regular end there is not. */
async function unmountRootfs(rootfs: string): Promise<void> {
  if (mountsBelow(rootfs).length === 0) return;
  const { unmountAll } = await import('./unmount.ts');
  unmountAll(rootfs);
}

async function removeSocket(bundle: string): Promise<void> {
  const socket = fromAddress(readBundleFile(bundle, 'address')?.toString('utf8') ?? '');
  if (socket === undefined || !existsSync(socket)) return;
  const { removeDeadSocket } = await import('./socket.ts');
  await removeDeadSocket(socket);
}

interface KilledSandbox {
  readonly pid: number;
  readonly exit: Exit;
}

/** Removes what a server that died has recorded; nothing to do where the server removed its record. */
async function cleanUpRecorded(bundle: string): Promise<KilledSandbox | undefined> {
  const record = readRecord(bundle);
  if (record === undefined) return undefined;
  const { cleanUpSandbox } = await import('../sandbox/clean-up.ts');
  const exit = (await within(CLEAN_UP_LIMIT_MS, cleanUpSandbox(record))) ?? unknownExit();
  // The first to know the exit tells it to all: a second `delete` gives the same time.
  if (readExit(bundle) === undefined) writeExit(bundle, record.pid, exit);
  removeRecord(bundle);
  return { pid: record.pid, exit };
}

/** Neither a record nor an exit: Create failed and undid all, or the server died in the middle of it. */
async function cleanUpUnrecorded({ id, containerdNamespace }: ShimFlags, bundle: string): Promise<void> {
  if (!existsSync(path.join(bundle, 'config.json'))) return;
  const { removeUnrecordedCgroups } = await import('./unrecorded.ts');
  await within(CLEAN_UP_LIMIT_MS, removeUnrecordedCgroups({ id, containerdNamespace, bundle }));
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new ShimError('unavailable', `Cannot finish cleaning up: it takes more than ${milliseconds} ms`));
  }, milliseconds);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Mount tables name real paths; a bundle that is gone needs no clean-up. */
function resolveBundle(bundle: string): string | undefined {
  try {
    return realpathSync(bundle);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) {
      return undefined;
    }
    throw cause;
  }
}
