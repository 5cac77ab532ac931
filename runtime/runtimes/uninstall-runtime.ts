import { rm } from 'node:fs/promises';
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
  // First the file: what it names must be there.
  await writeMetadata(project, { repositories: left });
  for (const repository of taken)
    await rm(directoryOf(project, repository, { name, version }), { recursive: true, force: true });
  const uninstalled = taken.map((repository) => ({ repository, name, version }));
  process.stdout.write(json ? `${JSON.stringify({ uninstalled })}\n` : `Uninstalled ${name} ${version}\n`);
  return 0;
}
