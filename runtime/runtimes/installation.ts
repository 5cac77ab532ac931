import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { systemReason } from '#runtime/system-reason.ts';
import { MAX_FILE_BYTES, openUrl } from './download.ts';
import {
  filesOf,
  formatMetadata,
  type ProjectMetadata,
  parseMetadata,
  type Runtime,
  type RuntimeFile,
} from './metadata.ts';

/** Of a project, the file that says which runtimes it has. */
export const METADATA_FILE = '.wws.toml';

const MAX_METADATA_BYTES = 1024 ** 2;

export type FileState = 'ok' | 'missing' | 'differs';

/** Reads `.wws.toml` of a project; undefined where there is none. */
export async function readMetadata(project: string): Promise<ProjectMetadata | undefined> {
  const file = path.join(project, METADATA_FILE);
  const status = await lstat(file).catch(() => undefined);
  if (status === undefined) return undefined;
  if (!status.isFile()) throw new Error(`Cannot read "${METADATA_FILE}": it is no regular file`);
  if (status.size > MAX_METADATA_BYTES)
    throw new Error(`Cannot read "${METADATA_FILE}": it is larger than ${MAX_METADATA_BYTES} bytes`);
  return await parseMetadata(await readFile(file, 'utf8'), METADATA_FILE);
}

/** Writes it whole or not at all. */
export async function writeMetadata(project: string, metadata: ProjectMetadata): Promise<void> {
  const scratch = path.join(project, `.wws.${randomUUID()}.tmp`);
  try {
    await writeFile(scratch, await formatMetadata(metadata));
    await rename(scratch, path.join(project, METADATA_FILE));
  } catch (error) {
    await rm(scratch, { force: true });
    throw new Error(`Cannot write "${METADATA_FILE}": ${systemReason(error)}`, { cause: error });
  }
}

/** Where the files of a runtime lie: `.wws/runtimes/REPOSITORY/RUNTIME/VERSION`, as wws had it. */
export function directoryOf(project: string, repository: string, { name, version }: Runtime): string {
  return path.join(project, '.wws/runtimes', repository, name, version);
}

/** Looks at every file of a runtime, content and all. */
export async function statesOf(
  project: string,
  repository: string,
  runtime: Runtime,
): Promise<ReadonlyMap<string, FileState>> {
  const directory = directoryOf(project, repository, runtime);
  const states = new Map<string, FileState>();
  for (const { filename, sha256 } of filesOf(runtime)) {
    const file = path.join(directory, filename);
    const isThere = (await lstat(file).catch(() => undefined))?.isFile() === true;
    states.set(filename, !isThere ? 'missing' : (await hashOf(file)) === sha256 ? 'ok' : 'differs');
  }
  return states;
}

/** Whether every file of a runtime is there; what is in them is not read. */
export async function isThere(project: string, repository: string, runtime: Runtime): Promise<boolean> {
  const directory = directoryOf(project, repository, runtime);
  for (const { filename } of filesOf(runtime))
    if ((await lstat(path.join(directory, filename)).catch(() => undefined))?.isFile() !== true) return false;
  return true;
}

export function isWhole(states: ReadonlyMap<string, FileState>): boolean {
  return [...states.values()].every((state) => state === 'ok');
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * Downloads what is missing of a runtime. A file appears under its name when its checksum is right.
 *
 * @param base of the index it was found in, which relative URLs start from
 */
export async function installRuntime(
  project: string,
  repository: string,
  runtime: Runtime,
  base: string,
): Promise<void> {
  const states = await statesOf(project, repository, runtime);
  const directory = directoryOf(project, repository, runtime);
  await makeDirectories(project, path.relative(project, directory));
  for (const file of filesOf(runtime))
    if (states.get(file.filename) !== 'ok') await download(file, path.join(directory, file.filename), base);
}

/** A link in a project may lead anywhere: what is written through it would lie outside. */
async function makeDirectories(project: string, below: string): Promise<void> {
  let directory = project;
  for (const name of below.split('/')) {
    directory = path.join(directory, name);
    await mkdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    if (!(await lstat(directory)).isDirectory())
      throw new Error(`Cannot install into "${path.relative(project, directory)}": it is no directory`);
  }
}

async function download({ url, filename, sha256 }: RuntimeFile, target: string, base: string): Promise<void> {
  const scratch = `${target}.${randomUUID()}.tmp`;
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    const check = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        hash.update(chunk);
        bytes += chunk.length;
        done(bytes > MAX_FILE_BYTES ? new Error(`it is larger than ${MAX_FILE_BYTES} bytes`) : null, chunk);
      },
    });
    await pipeline(
      Readable.from(await openUrl(url, base)),
      check,
      createWriteStream(scratch, { flags: 'wx' }),
    );
    const found = hash.digest('hex');
    if (found !== sha256) throw new Error(`its SHA-256 is ${found}, and must be ${sha256}`);
    await synced(scratch);
    await rename(scratch, target);
  } catch (error) {
    await rm(scratch, { force: true });
    throw new Error(`Cannot download "${filename}" from "${url}": ${systemReason(error)}`, { cause: error });
  }
}

/** On the disk before it has its name. */
async function synced(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
