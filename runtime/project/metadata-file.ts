import { constants } from 'node:fs';
import { lstat, open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { filesOf, type ProjectMetadata, parseMetadata, placeOf, type Runtime } from './metadata.ts';

/** Of a project, the file that says which language runtimes it has (wws §6.1). */
export const METADATA_FILE = '.wws.toml';

const MAX_METADATA_BYTES = 1024 ** 2;

/** Reads `.wws.toml` of a project; undefined where there is none. */
export async function readMetadata(project: string): Promise<ProjectMetadata | undefined> {
  const text = await readText(path.join(project, METADATA_FILE));
  return text === undefined ? undefined : await parseMetadata(text, METADATA_FILE);
}

/** A project is somebody else's: no link is followed, and a fifo must not hold up the start. */
async function readText(file: string): Promise<string | undefined> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const handle = await open(file, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    if (error.code === 'ELOOP') throw new Error(`Cannot read "${METADATA_FILE}": it is no regular file`);
    throw error;
  });
  if (handle === undefined) return undefined;
  await using _closing = handle;
  const status = await handle.stat();
  if (!status.isFile()) throw new Error(`Cannot read "${METADATA_FILE}": it is no regular file`);
  if (status.size > MAX_METADATA_BYTES)
    throw new Error(`Cannot read "${METADATA_FILE}": it is larger than ${MAX_METADATA_BYTES} bytes`);
  return await handle.readFile('utf8');
}

/** Where the files of a runtime lie: `.wws/runtimes/REPOSITORY/RUNTIME/VERSION`, as wws had it. */
export function directoryOf(
  project: string,
  repository: string,
  { name, version }: Pick<Runtime, 'name' | 'version'>,
): string {
  return path.join(project, '.wws/runtimes', repository, name, version);
}

/**
 * Whether every file of a runtime is there, with no link on the way; what is in them is not read. `project` has no
 * link in it.
 */
export async function isThere(project: string, repository: string, runtime: Runtime): Promise<boolean> {
  const directory = directoryOf(project, repository, runtime);
  for (const file of filesOf(runtime)) {
    const place = path.join(directory, placeOf(file));
    if ((await lstat(place).catch(() => undefined))?.isFile() !== true) return false;
    if ((await realpath(path.dirname(place))) !== path.dirname(place)) return false;
  }
  return true;
}
