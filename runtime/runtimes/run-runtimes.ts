import { realpath, rm, stat } from 'node:fs/promises';
import {
  type ProjectMetadata,
  parseIndex,
  type Repository,
  type Runtime,
} from '#runtime/project/metadata.ts';
import { directoryOf, readMetadata } from '#runtime/project/metadata-file.ts';
import { readIndex } from './download.ts';
import { installRuntime, isWhole, statesOf, writeMetadata } from './installation.ts';
import { type RuntimeRow, runtimeTable } from './runtime-table.ts';
import type { RepositoryArgs, RuntimeName, RuntimesArgs } from './runtimes-args.ts';

const NOTHING: ProjectMetadata = { repositories: [] };

/** `wws runtimes …` (wws §6.3). Resolves with the exit code; rejects with what went wrong. */
export async function runRuntimes(args: RuntimesArgs): Promise<number> {
  const { action, json, repository } = args;
  const project = await projectDirectory(args.project);
  switch (action.verb) {
    case 'list':
      return await list(project, repository, json);
    case 'check':
      return await check(project, json);
    case 'install':
      return action.runtime === undefined
        ? await installMissing(project, say)
        : await install(project, repository, action.runtime);
    case 'uninstall':
      return await uninstall(project, action.runtime);
  }
}

async function projectDirectory(project: string): Promise<string> {
  const status = await stat(project).catch(() => undefined);
  if (status?.isDirectory() !== true) throw new Error(`Cannot open project "${project}": no such directory`);
  return await realpath(project);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function list(project: string, repository: RepositoryArgs, json: boolean): Promise<number> {
  const { repositories } = (await readMetadata(project)) ?? NOTHING;
  const rows: RuntimeRow[] = [];
  for (const { name, runtimes } of repositories) {
    for (const runtime of runtimes) {
      const status = isWhole(await statesOf(project, name, runtime)) ? 'installed' : 'not installed';
      rows.push({ ...rowOf(runtime), status });
    }
  }
  if (repository.url !== undefined) {
    for (const runtime of await parseIndex(await readIndex(repository.url), repository.url)) {
      const isKnown = rows.some((row) => row.name === runtime.name && row.version === runtime.version);
      if (!isKnown) rows.push({ ...rowOf(runtime), status: 'available' });
    }
  }
  say(json ? JSON.stringify({ runtimes: rows }) : runtimeTable(rows));
  return 0;
}

function rowOf({ name, version, tags, extensions, binary }: Runtime): Omit<RuntimeRow, 'status'> {
  return { name, version, tags, extensions, binary: binary.filename };
}

/** Whether every file that `.wws.toml` names is there, and is what it should be. */
async function check(project: string, json: boolean): Promise<number> {
  const { repositories } = (await readMetadata(project)) ?? NOTHING;
  const results: object[] = [];
  let code = 0;
  for (const { name: repository, runtimes } of repositories) {
    for (const runtime of runtimes) {
      const states = await statesOf(project, repository, runtime);
      if (!isWhole(states)) code = 1;
      const { name, version } = runtime;
      results.push({ repository, name, version, ok: isWhole(states), files: Object.fromEntries(states) });
      if (json) continue;
      const bad = [...states].filter(([, state]) => state !== 'ok');
      const reason = bad
        .map(([file, state]) =>
          state === 'missing' ? `"${file}" is missing` : `"${file}" has another checksum`,
        )
        .join(', ');
      say(`${name} ${version}: ${reason || 'all files are there'}`);
    }
  }
  if (json) say(JSON.stringify({ ok: code === 0, runtimes: results }));
  else if (results.length === 0) say('No runtimes are named in .wws.toml; what is built in needs none');
  else if (code !== 0) say('Run "wws runtimes install" to bring what is missing');
  return code;
}

/** Brings all that `.wws.toml` names and is not there, from where it says. */
export async function installMissing(project: string, tell: (line: string) => void): Promise<number> {
  const { repositories } = (await readMetadata(project)) ?? NOTHING;
  let count = 0;
  for (const { name: repository, url, runtimes } of repositories) {
    for (const runtime of runtimes) {
      if (isWhole(await statesOf(project, repository, runtime))) continue;
      await installRuntime(project, repository, runtime, url);
      tell(`Installed ${runtime.name} ${runtime.version}`);
      count += 1;
    }
  }
  if (count === 0) tell('Nothing to install: all runtimes of .wws.toml are there');
  return 0;
}

async function install(project: string, repository: RepositoryArgs, wanted: RuntimeName): Promise<number> {
  const { name, version } = wanted;
  if (repository.url === undefined)
    throw new Error(
      `Cannot install "${name}": no repository is known, the one wws came with is gone (name one with --repo-url or WWS_REPO_URL)`,
    );
  const metadata = (await readMetadata(project)) ?? NOTHING;
  const runtime = find(await parseIndex(await readIndex(repository.url), repository.url), wanted);
  if (runtime === undefined)
    throw new Error(`Cannot install "${name}": "${repository.url}" has no version or tag "${version}" of it`);
  if (runtime.status === 'yanked')
    throw new Error(`Cannot install "${name}" ${runtime.version}: it was withdrawn by its makers`);
  await installRuntime(project, repository.name, runtime, repository.url);
  await writeMetadata(project, withRuntime(metadata, { ...repository, url: repository.url }, runtime));
  if (runtime.status === 'deprecated') say(`${name} ${runtime.version} is deprecated by its makers`);
  say(`Installed ${name} ${runtime.version}`);
  return 0;
}

/** The exact version, else the first with that tag. */
function find(runtimes: readonly Runtime[], { name, version }: RuntimeName): Runtime | undefined {
  const named = runtimes.filter((runtime) => runtime.name === name);
  return (
    named.find((runtime) => runtime.version === version) ??
    named.find((runtime) => runtime.tags.includes(version))
  );
}

function withRuntime(
  { repositories }: ProjectMetadata,
  { name, url }: { readonly name: string; readonly url: string },
  runtime: Runtime,
): ProjectMetadata {
  const old = repositories.find((repository) => repository.name === name);
  const kept = (old?.runtimes ?? []).filter((other) => !isSame(other, runtime));
  const changed: Repository = { name, url, runtimes: [...kept, runtime] };
  if (old === undefined) return { repositories: [...repositories, changed] };
  return { repositories: repositories.map((repository) => (repository === old ? changed : repository)) };
}

function isSame(a: RuntimeName, b: RuntimeName): boolean {
  return a.name === b.name && a.version === b.version;
}

/** Takes this version of this runtime away, and no other. */
async function uninstall(project: string, wanted: RuntimeName): Promise<number> {
  const { repositories } = (await readMetadata(project)) ?? NOTHING;
  const left: Repository[] = [];
  let count = 0;
  for (const repository of repositories) {
    for (const runtime of repository.runtimes.filter((other) => isSame(other, wanted))) {
      await rm(directoryOf(project, repository.name, runtime), { recursive: true, force: true });
      count += 1;
    }
    left.push({ ...repository, runtimes: repository.runtimes.filter((other) => !isSame(other, wanted)) });
  }
  const { name, version } = wanted;
  if (count === 0) throw new Error(`Cannot uninstall "${name}" ${version}: it is not in .wws.toml`);
  await writeMetadata(project, { repositories: left });
  say(`Uninstalled ${name} ${version}`);
  return 0;
}
