import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  filesOf,
  formatMetadata,
  type ProjectMetadata,
  placeOf,
  type Runtime,
  type RuntimeFile,
} from '#runtime/project/metadata.ts';
import { directoryOf, METADATA_FILE } from '#runtime/project/metadata-file.ts';
import { systemReason } from '#runtime/system-reason.ts';
import { type Downloads, MAX_FILE_BYTES } from './downloads.ts';

export type FileState = 'ok' | 'missing' | 'differs';

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

/** Looks at every file of a runtime, content and all. */
export async function statesOf(
  project: string,
  repository: string,
  runtime: Runtime,
): Promise<ReadonlyMap<string, FileState>> {
  const directory = directoryOf(project, repository, runtime);
  const states = new Map<string, FileState>();
  for (const file of filesOf(runtime)) {
    const place = path.join(directory, placeOf(file));
    const isFile = (await lstat(place).catch(() => undefined))?.isFile() === true;
    const state = !isFile ? 'missing' : (await hashOf(place)) === file.sha256 ? 'ok' : 'differs';
    states.set(file.filename, state);
  }
  return states;
}

export function isWhole(states: ReadonlyMap<string, FileState>): boolean {
  return [...states.values()].every((state) => state === 'ok');
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

export interface Source {
  readonly downloads: Downloads;
  /** URL of the index a runtime was found in, which relative URLs start from. */
  readonly base: string;
}

/** Downloads what is missing of a runtime. A file appears under its name when its checksum is right. */
export async function installRuntime(
  project: string,
  repository: string,
  runtime: Runtime,
  { downloads, base }: Source,
): Promise<void> {
  const states = await statesOf(project, repository, runtime);
  const directory = directoryOf(project, repository, runtime);
  for (const file of filesOf(runtime)) {
    if (states.get(file.filename) === 'ok') continue;
    const target = path.join(directory, placeOf(file));
    await makeDirectories(project, path.relative(project, path.dirname(target)));
    await download(file, target, { downloads, base });
  }
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

async function download(
  { url, filename, sha256 }: RuntimeFile,
  target: string,
  { downloads, base }: Source,
): Promise<void> {
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
      Readable.from(await downloads.open(url, base)),
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
