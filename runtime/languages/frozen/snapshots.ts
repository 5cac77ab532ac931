import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { compileRewritten } from '#runtime/wasi/compile.ts';
import type { StateExports } from '#runtime/wasi/expose-state.ts';
import { InstanceImage } from '#runtime/wasi/instance-image.ts';
import { readRegularFile } from '#runtime/wasi/read-file.ts';
import { decodeStored, encodeStored, type StoredInterpreter } from './stored-interpreter.ts';

/** Where a project has its snapshots, below its root. */
export const SNAPSHOT_DIRECTORY = '.wws/snapshots';

/** Interpreter and memory together. */
const MAXIMUM_BYTES = 512 * 1024 * 1024;

/** An interpreter out of a snapshot. */
export interface RestoredInterpreter {
  readonly module: WebAssembly.Module;
  readonly state: StateExports;
  readonly image: InstanceImage;
  readonly notes: unknown;
}

/** What is to be kept, and under which key. */
export interface Stored {
  readonly key: string;
  readonly stored: StoredInterpreter;
}

/** Names a snapshot after all that it depends on; `parts` are plain data, the same wherever the project lies. */
export function snapshotKey(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

/**
 * The interpreter that a project has a snapshot of; undefined where it has none, or one that is of no use: it is then
 * started. The file may be anybody's: what it says of the module is as good as if the guest had said it, and the
 * memory stays within `memory` bytes.
 */
export async function findSnapshot(
  root: string,
  key: string,
  memory: number,
): Promise<RestoredInterpreter | undefined> {
  const name = `${SNAPSHOT_DIRECTORY}/${fileName(key)}`;
  try {
    const file = await readRegularFile(path.join(root, name), { name, size: MAXIMUM_BYTES });
    const stored = decodeStored(file, key);
    if (stored === undefined || stored.image.length > memory) return undefined;
    const module = await compileRewritten(stored.module, name, memory);
    return { module, state: stored.state, image: InstanceImage.of(stored.image), notes: stored.notes };
  } catch {
    // A snapshot saves time; nothing depends on it.
    return undefined;
  }
}

/** Writes a snapshot into a directory, whole or not at all. Resolves with its file. */
export async function writeSnapshot(directory: string, { key, stored }: Stored): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, fileName(key));
  const draft = path.join(directory, `.${randomUUID()}.tmp`);
  try {
    await using handle = await open(draft, 'wx');
    for (const part of encodeStored(key, stored)) await handle.writeFile(part);
    await rename(draft, file);
    return file;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function fileName(key: string): string {
  return `${key}.image`;
}
