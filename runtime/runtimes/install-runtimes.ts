import { utimes } from 'node:fs/promises';
import path from 'node:path';
import {
  NO_METADATA,
  type ProjectMetadata,
  parseIndex,
  type Repository,
  type Runtime,
} from '#runtime/project/metadata.ts';
import { METADATA_FILE, readMetadata } from '#runtime/project/metadata-file.ts';
import { scanProject } from '#runtime/project/scan.ts';
import { progressOn } from './download-progress.ts';
import { Downloads } from './downloads.ts';
import { installRuntime, isWhole, statesOf, writeMetadata } from './installation.ts';
import type { RepositoryArgs, RuntimeName } from './runtimes-args.ts';

export interface InstallOptions {
  readonly project: string;
  /** Where runtimes come from that `.wws.toml` does not name. */
  readonly repository: RepositoryArgs;
  readonly tell: (line: string) => void;
}

/** What was installed. */
export interface Installed extends RuntimeName {
  readonly repository: string;
}

/** `wws runtimes install`: one that is named, or all that the project needs and does not have. */
export async function runInstall(
  project: string,
  repository: RepositoryArgs,
  wanted: RuntimeName | undefined,
  json: boolean,
): Promise<number> {
  const tell = (line: string): void => void (json || process.stdout.write(`${line}\n`));
  const options: InstallOptions = { project, repository, tell };
  await using downloads = await openDownloads(project);
  const installed =
    wanted === undefined
      ? await installNeeded(options, downloads)
      : [await installNamed(options, downloads, wanted)];
  if (json) process.stdout.write(`${JSON.stringify({ installed })}\n`);
  return 0;
}

/** For installing: its progress is shown on stderr. */
export async function openDownloads(project: string): Promise<Downloads> {
  return await Downloads.make({ project, environment: process.env, progress: progressOn(process.stderr) });
}

/**
 * Brings what `.wws.toml` names and is not there, from where it says; then the newest of each language that files of
 * the project are written in and that it does not name.
 */
export async function installNeeded(
  options: InstallOptions,
  downloads: Downloads,
): Promise<readonly Installed[]> {
  const { project, tell } = options;
  const installed = await installMissing(options, downloads);
  const { workers } = await scanProject({ root: project });
  const wanted = new Set(
    workers.map(({ language }) => (language.kind === 'missing' ? language.name : undefined)),
  );
  for (const name of wanted)
    if (name !== undefined)
      installed.push(await installNamed(options, downloads, { name, version: 'latest' }));
  if (installed.length === 0) tell('Nothing to install: all that the project needs is there');
  return installed;
}

async function installMissing({ project, tell }: InstallOptions, downloads: Downloads): Promise<Installed[]> {
  const { repositories } = (await readMetadata(project)) ?? NO_METADATA;
  const installed: Installed[] = [];
  for (const { name: repository, url: base, runtimes } of repositories) {
    for (const runtime of runtimes) {
      if (isWhole(await statesOf(project, repository, runtime))) continue;
      const { name, version } = runtime;
      await installRuntime(project, repository, runtime, { downloads, base }).catch((error: unknown) => {
        throw isGone(base) ? gone(name, error) : error;
      });
      tell(`Installed ${name} ${version}`);
      installed.push({ repository, name, version });
    }
  }
  // Whoever watches the project looks at this file.
  if (installed.length > 0) await utimes(path.join(project, METADATA_FILE), new Date(), new Date());
  return installed;
}

/** Where wws had its repository; many projects still name it. */
function isGone(base: string): boolean {
  return URL.canParse(base) && new URL(base).hostname === 'workers.wasmlabs.dev';
}

function gone(name: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const advice = `the repository of Wasm Workers Server is gone; run "wws runtimes install ${name}" for ours`;
  return new Error(`${reason} (${advice})`, { cause });
}

async function installNamed(
  { project, repository, tell }: InstallOptions,
  downloads: Downloads,
  wanted: RuntimeName,
): Promise<Installed> {
  const { name: repositoryName, url: base } = repository;
  const runtime = find(await parseIndex(await downloads.readIndex(base), base), wanted);
  const { name, version } = runtime;
  if (runtime.status === 'yanked')
    throw new Error(`Cannot install "${name}" ${version}: it was withdrawn by its makers`);
  await installRuntime(project, repositoryName, runtime, { downloads, base });
  await writeMetadata(
    project,
    withRuntime((await readMetadata(project)) ?? NO_METADATA, repository, runtime),
  );
  if (runtime.status === 'deprecated') tell(`${name} ${version} is deprecated by its makers`);
  tell(`Installed ${name} ${version}`);
  return { repository: repositoryName, name, version };
}

/** The exact version, else the first with that tag. */
function find(runtimes: readonly Runtime[], { name, version }: RuntimeName): Runtime {
  const named = runtimes.filter((runtime) => runtime.name === name);
  const found =
    named.find((runtime) => runtime.version === version) ??
    named.find((runtime) => runtime.tags.includes(version));
  if (found !== undefined) return found;
  const names = [...new Set(runtimes.map((runtime) => `"${runtime.name}"`))];
  const versions = named.flatMap((runtime) => [runtime.version, ...runtime.tags]);
  throw new Error(
    named.length === 0
      ? `Cannot install "${name}": the repository has only ${names.join(', ')}`
      : `Cannot install "${name}" ${version}: the repository has only ${versions.join(', ')}`,
  );
}

/** First of all: of several for one extension, the one installed last is used. */
function withRuntime(
  { repositories }: ProjectMetadata,
  { name, url }: RepositoryArgs,
  runtime: Runtime,
): ProjectMetadata {
  const old = repositories.find((repository) => repository.name === name);
  const kept = (old?.runtimes ?? []).filter((other) => !isSame(other, runtime));
  const changed: Repository = { name, url, runtimes: [runtime, ...kept] };
  return { repositories: [changed, ...repositories.filter((repository) => repository !== old)] };
}

function isSame(a: RuntimeName, b: RuntimeName): boolean {
  return a.name === b.name && a.version === b.version;
}
