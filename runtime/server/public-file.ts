import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { contentType } from './content-type.ts';
import { type FileStatus, isAbsence, statusOf } from './file-status.ts';
import type { HeaderLines } from './header-lines.ts';

/** What an answer says of a regular file of `public/`. */
export interface FileFacts {
  readonly size: number;
  /** Strong entity tag with its quotes. */
  readonly etag: string;
  /** Whole seconds since 1970; undefined when the file's time means nothing. */
  readonly modified: number | undefined;
  /** What every answer about it says. */
  readonly lines: Readonly<HeaderLines>;
  /** Media type. */
  readonly type: string;
}

/** One that is open. Whoever has it closes it. */
export interface OpenFile extends FileFacts, FileStatus {
  readonly handle: FileHandle;
  /** By which it was found, absolute. */
  readonly name: string;
  /** Where it lies, which has no links in it. */
  readonly place: string;
}

/** O_NONBLOCK: a fifo among the files must not hold up a thread. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a file below `root`, which has no symbolic links in it. Nothing outside is ever read, links included: a file
 * is opened first, and then the kernel is asked where the open file lies (/proc/self/fd). No later change of a name
 * on the way can matter, since what was checked is the very file that is read.
 */
export async function openPublicFile(
  root: string,
  name: string,
): Promise<OpenFile | 'directory' | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(name, FLAGS);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
  const file = await inspect(root, handle, name).catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
  if (file === undefined || file === 'directory') await handle.close();
  return file;
}

async function inspect(
  root: string,
  handle: FileHandle,
  name: string,
): Promise<OpenFile | 'directory' | undefined> {
  const [status, place] = await Promise.all([
    handle.stat({ bigint: true }),
    readlink(`/proc/self/fd/${handle.fd}`),
  ]);
  if (place !== root && !place.startsWith(`${root}/`)) return undefined;
  if (status.isDirectory()) return 'directory';
  if (!status.isFile()) return undefined;
  // Images are made with fixed times: only inode and change time tell two versions of equal size apart.
  const stamp = [status.ino, status.size, status.mtimeMs, status.ctimeNs / 1000n];
  const etag = `"${stamp.map((part) => part.toString(36)).join('-')}"`;
  // Times at the epoch come from reproducible images and say nothing about the content.
  const modified = status.mtimeMs >= 1000n ? Number(status.mtimeMs / 1000n) : undefined;
  const lines = ['accept-ranges', 'bytes', 'etag', etag];
  if (modified !== undefined) lines.push('last-modified', new Date(modified * 1000).toUTCString());
  const facts = { size: Number(status.size), etag, modified, lines, type: contentType(name) };
  return { ...facts, ...statusOf(status), handle, name, place };
}
