import { NO_METADATA, parseIndex, type Runtime } from '#runtime/project/metadata.ts';
import { readMetadata } from '#runtime/project/metadata-file.ts';
import { Downloads } from './downloads.ts';
import { isWhole, statesOf } from './installation.ts';
import { BUILT_IN, type RuntimeRow, runtimeTable } from './runtime-table.ts';
import type { RepositoryArgs } from './runtimes-args.ts';

/** `wws runtimes list`: what is built in, what the project has, and what the repository has beside it. */
export async function listRuntimes(
  project: string,
  repository: RepositoryArgs,
  json: boolean,
): Promise<number> {
  const { repositories } = (await readMetadata(project)) ?? NO_METADATA;
  const rows: RuntimeRow[] = [...BUILT_IN];
  for (const { name, runtimes } of repositories) {
    for (const runtime of runtimes) {
      const status = isWhole(await statesOf(project, name, runtime)) ? 'installed' : 'not installed';
      rows.push({ ...rowOf(runtime), repository: name, status });
    }
  }
  await using downloads = await Downloads.make({ project, environment: process.env });
  const index = await parseIndex(await downloads.readIndex(repository.url), repository.url);
  for (const runtime of index) {
    const isKnown = rows.some((row) => row.name === runtime.name && row.version === runtime.version);
    if (!isKnown) rows.push({ ...rowOf(runtime), repository: repository.name, status: 'available' });
  }
  process.stdout.write(`${json ? JSON.stringify({ runtimes: rows }) : runtimeTable(rows)}\n`);
  return 0;
}

function rowOf({
  name,
  version,
  tags,
  extensions,
  binary,
}: Runtime): Omit<RuntimeRow, 'status' | 'repository'> {
  return { name, version, tags, extensions, binary: binary.filename };
}
