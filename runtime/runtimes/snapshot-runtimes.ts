import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { SNAPSHOT_DIRECTORY, writeSnapshot } from '#runtime/languages/frozen/snapshots.ts';
import { storeInterpreter } from '#runtime/languages/interpreted/store-interpreter.ts';
import { loadProject } from '#runtime/project/load.ts';
import type { GuestSpec } from '#runtime/worker/guest.ts';

/** What was kept for some workers. */
interface Snapshot {
  readonly runtime: string;
  readonly file: string;
  readonly bytes: number;
  readonly workers: string[];
}

/**
 * `wws runtimes snapshot`: starts every interpreter that the project's workers need, and keeps it as it is then. One
 * that stands in the way of an older start is removed.
 */
export async function snapshotRuntimes(
  project: string,
  out: string | undefined,
  json: boolean,
): Promise<number> {
  const directory = path.resolve(out ?? path.join(project, SNAPSHOT_DIRECTORY));
  const { workers } = await loadProject({
    root: project,
    ignore: [],
    environment: process.env,
    boundary: '/',
    mounts: [],
  });
  const snapshots = new Map<string, Snapshot>();
  for (const { name, guest } of workers) {
    if ('problem' in guest || guest.interpreter === undefined) continue;
    await addSnapshot(snapshots, directory, name, guest, guest.interpreter);
  }
  await removeOthers(directory, new Set([...snapshots.values()].map(({ file }) => path.basename(file))));
  const list = [...snapshots.values()];
  const lines = list.map(
    ({ runtime, bytes, workers }) =>
      `${runtime}: ${Math.ceil(bytes / 1024 ** 2)} MiB, for ${workers.join(', ')}`,
  );
  if (lines.length === 0) lines.push('No worker here has a language that is kept started');
  process.stdout.write(`${json ? JSON.stringify({ directory, snapshots: list }) : lines.join('\n')}\n`);
  return 0;
}

async function addSnapshot(
  snapshots: Map<string, Snapshot>,
  directory: string,
  worker: string,
  guest: GuestSpec,
  interpreter: NonNullable<GuestSpec['interpreter']>,
): Promise<void> {
  const made = await storeInterpreter({ ...guest, interpreter });
  if (made === undefined) return;
  const known = snapshots.get(made.key);
  if (known !== undefined) {
    known.workers.push(worker);
    return;
  }
  await mkdir(directory, { recursive: true });
  const file = await writeSnapshot(directory, made);
  const { size } = await stat(file);
  const runtime = `${interpreter.name} ${interpreter.version}`;
  snapshots.set(made.key, { runtime, file, bytes: size, workers: [worker] });
}

async function removeOthers(directory: string, kept: ReadonlySet<string>): Promise<void> {
  const names = await readdir(directory).catch((): string[] => []);
  for (const name of names) {
    if (name.endsWith('.image') && !kept.has(name)) await rm(path.join(directory, name), { force: true });
  }
}
