import { realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { NO_METADATA, type Repository } from '#runtime/project/metadata.ts';
import { directoryOf, readMetadata } from '#runtime/project/metadata-file.ts';
import { writeMetadata } from './installation.ts';
import type { RuntimeName } from './runtimes-args.ts';

/** `wws runtimes uninstall`: takes this version of this runtime away, and no other. */
export async function uninstallRuntime(
  project: string,
  { name, version }: RuntimeName,
  json: boolean,
): Promise<number> {
  const { repositories } = (await readMetadata(project)) ?? NO_METADATA;
  const left: Repository[] = [];
  const taken: string[] = [];
  for (const repository of repositories) {
    const kept = repository.runtimes.filter(
      (runtime) => runtime.name !== name || runtime.version !== version,
    );
    if (kept.length < repository.runtimes.length) taken.push(repository.name);
    // One without runtimes is of no use, and cannot be written.
    if (kept.length > 0) left.push({ ...repository, runtimes: kept });
  }
  if (taken.length === 0) throw new Error(`Cannot uninstall "${name}" ${version}: it is not in .wws.toml`);
  const directories = taken.map((repository) => directoryOf(project, repository, { name, version }));
  for (const directory of directories) await expectNoLink(directory, `${JSON.stringify(name)} ${version}`);
  // First the file: what it names must be there.
  await writeMetadata(project, { repositories: left });
  for (const directory of directories) await rm(directory, { recursive: true, force: true });
  const uninstalled = taken.map((repository) => ({ repository, name, version }));
  process.stdout.write(json ? `${JSON.stringify({ uninstalled })}\n` : `Uninstalled ${name} ${version}\n`);
  return 0;
}

/** A project may be somebody else's: nothing outside of it is to be removed. */
async function expectNoLink(directory: string, what: string): Promise<void> {
  const parent = path.dirname(directory);
  const found = await realpath(parent).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return parent;
    throw error;
  });
  if (found !== parent) throw new Error(`Cannot uninstall ${what}: a link is on the way to it`);
}
