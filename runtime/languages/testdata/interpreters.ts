/**
 * Interpreters for tests, which `wws runtimes install` brings from npm's registry into a cache outside the checkout,
 * once. Their checksums are those of the repository that wws comes with.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Interpreter } from '#runtime/languages/interpreter.ts';
import { interpreterOf } from '#runtime/project/installed-languages.ts';
import { NO_METADATA, parseIndex, type Runtime } from '#runtime/project/metadata.ts';
import { directoryOf, readMetadata } from '#runtime/project/metadata-file.ts';
import { Downloads } from '#runtime/runtimes/downloads.ts';
import { installRuntime, writeMetadata } from '#runtime/runtimes/installation.ts';
import { BUILT_IN_URL } from '#runtime/runtimes/repository-url.ts';
import { cacheDirectory } from './cache-directory.ts';

/** Name and tag, as the repository has them. */
export type TestInterpreter = 'python 3.12' | 'python 3.11' | 'ruby 3.4' | 'ruby 3.2' | 'php 8.2.0';

export const TEST_INTERPRETERS: readonly TestInterpreter[] = [
  'python 3.12',
  'python 3.11',
  'ruby 3.4',
  'ruby 3.2',
  'php 8.2.0',
];

const REPOSITORY = 'wasmlabs';

/** As a guest thread is told of it; its files lie in the cache, so a test must not change them. */
export async function testInterpreter(name: TestInterpreter): Promise<Interpreter> {
  const { place, runtime } = await cachedRuntime(name);
  return interpreterOf(directoryOf(place, REPOSITORY, runtime), runtime);
}

/** Installs copies into a project, beside what it has. */
export async function installInterpreters(
  project: string,
  ...names: readonly TestInterpreter[]
): Promise<void> {
  for (const name of names) {
    const { place, runtime, url } = await cachedRuntime(name);
    const [from, to] = [place, project].map((root) => directoryOf(root, REPOSITORY, runtime));
    await cp(from ?? '', to ?? '', { recursive: true, mode: constants.COPYFILE_FICLONE });
    const { repositories } = (await readMetadata(project)) ?? NO_METADATA;
    const others = repositories.flatMap(({ runtimes }) => runtimes);
    await writeMetadata(project, {
      repositories: [{ name: REPOSITORY, url, runtimes: [...others, runtime] }],
    });
  }
}

interface CachedRuntime {
  /** A project that has nothing but this runtime. */
  readonly place: string;
  readonly runtime: Runtime;
  readonly url: string;
}

const cached = new Map<TestInterpreter, Promise<CachedRuntime>>();

/** Looks for it in the cache, and fills that where it is missing. */
export function cachedRuntime(name: TestInterpreter): Promise<CachedRuntime> {
  let found = cached.get(name);
  if (found === undefined) {
    found = findOrInstall(name);
    cached.set(name, found);
  }
  return found;
}

async function findOrInstall(wanted: TestInterpreter): Promise<CachedRuntime> {
  const [name = '', tag = ''] = wanted.split(' ');
  const url = name === 'php' ? pathToFileURL(path.join(import.meta.dirname, 'php.toml')).href : BUILT_IN_URL;
  const cache = path.join(cacheDirectory(), 'interpreters');
  await mkdir(cache, { recursive: true });
  await using downloads = await Downloads.make({ project: cache, environment: process.env });
  const runtime = (await parseIndex(await downloads.readIndex(url), url)).find(
    (one) => one.name === name && [one.version, ...one.tags].includes(tag),
  );
  if (runtime === undefined) throw new Error(`Cannot prepare "${wanted}": the repository does not have it`);
  // Whatever changes leads to another place.
  const key = createHash('sha256').update(JSON.stringify(runtime)).digest('hex').slice(0, 16);
  const place = path.join(await realpath(cache), `${name}-${runtime.version}-${key}`);
  const isThere = await stat(place).then(
    () => true,
    () => false,
  );
  if (!isThere) await install(place, runtime, { downloads, base: url });
  return { place, runtime, url };
}

/** It appears whole or not at all; of two that make it at once the first one's stays. */
async function install(
  place: string,
  runtime: Runtime,
  source: Parameters<typeof installRuntime>[3],
): Promise<void> {
  const draft = await mkdtemp(`${place}.new-`);
  try {
    await installRuntime(draft, REPOSITORY, runtime, source);
    await writeMetadata(draft, {
      repositories: [{ name: REPOSITORY, url: source.base, runtimes: [runtime] }],
    });
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
