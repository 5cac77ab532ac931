import { lstat, mkdtempDisposable, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AppLanguages, appLanguages } from '../app/app-languages.ts';
import { type BuiltApp, buildApp } from '../app/build-app.ts';
import { defaultName } from '../app/default-name.ts';
import { PROJECT_ENTRYPOINT, parseEntrypoint } from '../app/entrypoint.ts';
import { sourceDateEpoch } from '../app/epoch.ts';
import type { ContainerdTarget } from '../engine/containerd/socket.ts';
import { containerdTarget } from '../engine/containerd/socket.ts';
import { ImageError, reasonOf, systemCode } from '../errors.ts';
import { platformOfWorkers, platformText } from '../image/platform.ts';
import {
  familiarName,
  fullName,
  parseReference,
  type Reference,
  repositoryOf,
  withDefaultTag,
} from '../image/reference.ts';
import { sizeText } from '../output/size.ts';
import type { Terminal } from '../output/terminal.ts';
import { writeArchive } from '../store/write-archive.ts';
import { takeSnapshots } from './take-snapshots.ts';

/** The flags of `wasm-image build` as the command line gives them. */
export interface BuildFlags {
  readonly tag?: readonly string[];
  readonly output?: string;
  readonly load?: boolean;
  readonly entrypoint?: string;
  readonly snapshot?: boolean;
  readonly namespace?: string;
  readonly address?: string;
  readonly json?: boolean;
}

interface Context {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * `wasm-image build`. Without `-o` and `--load` it writes nothing and says so: what to write where is for the user to
 * tell. A file dropped into the current directory, or an image slipped into a daemon that may not even run, would
 * surprise; the digest alone already answers "did anything change".
 */
export async function build(
  directory: string,
  flags: BuildFlags,
  { terminal, env, signal }: Context,
): Promise<void> {
  const names = (flags.tag ?? [defaultName(directory)]).map(nameOf);
  const entrypoint = flags.entrypoint === undefined ? PROJECT_ENTRYPOINT : parseEntrypoint(flags.entrypoint);
  const epoch = sourceDateEpoch(env);
  const file = flags.output;
  const target = flags.load ? containerdTarget(flags, env) : undefined;

  await using work = await mkdtempDisposable(path.join(tmpdir(), 'wasm-image-'));
  terminal.progress(`build   ${directory}`);
  const exclude = file === undefined ? undefined : await realPlace(file);
  const snapshots = flags.snapshot ? path.join(work.path, 'snapshots') : undefined;
  if (snapshots !== undefined) terminal.progress(`start   languages of ${directory}`);
  const taken = snapshots === undefined ? [] : await takeSnapshots(directory, snapshots, { signal });
  const app = await buildApp({
    ...{ directory, entrypoint, epoch, snapshots, exclude, signal },
    workDirectory: work.path,
  });
  await tellAbout(app, directory, entrypoint, terminal);
  const languages = await appLanguages(directory);
  tellLanguages(languages, terminal);
  for (const { runtime, bytes } of taken) terminal.note(`keeps   ${runtime} started, ${sizeText(bytes)}`);
  for (const name of names) terminal.note(imageLine(name, app));

  if (file !== undefined) {
    await writeArchive({ image: app.image, names, file, mtime: epoch, signal });
    terminal.note(`wrote   ${file}`);
  }
  if (target) {
    const { loadIntoContainerd } = await import('../engine/containerd/load.ts');
    const total = sizeText(layerSize(app));
    const onProgress = (bytes: number): void => terminal.progress(`load    ${sizeText(bytes)} of ${total}`);
    await loadIntoContainerd({ ...target, image: app.image, names, signal, onProgress });
    terminal.note(`loaded  into containerd at ${target.address}, namespace ${target.containerdNamespace}`);
  }
  if (file === undefined && !target) {
    terminal.note('nothing was written: add --load for containerd, or -o FILE.tar for "docker load"');
  }
  terminal.result(
    flags.json
      ? JSON.stringify({ ...summary(app, languages, names, file, target), snapshots: taken })
      : digestReference(names, app),
  );
}

/** Where `file` is or will be, with links on the way to it resolved. */
async function realPlace(file: string): Promise<string> {
  const directory = path.dirname(file);
  try {
    return path.join(await realpath(directory), path.basename(file));
  } catch (error) {
    throw new ImageError('io', `Cannot write "${file}": ${reasonOf(error)}`, { cause: error });
  }
}

function nameOf(text: string): Reference {
  const reference = withDefaultTag(parseReference(text));
  if (reference.digest === undefined) return reference;
  throw new ImageError('usage', `Cannot name an image "${text}": its digest follows from what is in it`);
}

async function tellAbout(
  app: BuiltApp,
  directory: string,
  entrypoint: readonly string[],
  terminal: Terminal,
): Promise<void> {
  for (const warning of app.content.warnings) terminal.warn(warning);
  const [program = ''] = entrypoint;
  try {
    await lstat(path.join(directory, path.posix.resolve('/', program)));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    terminal.warn(
      `the entrypoint "${program}" is not in the image; a container starts only if a volume brings it`,
    );
  }
  if (app.content.leftOut.length > 0) terminal.note(`left out ${app.content.leftOut.join(', ')}`);
}

function tellLanguages({ installed, warnings }: AppLanguages, terminal: Terminal): void {
  for (const warning of warnings) terminal.warn(warning);
  for (const { name, version, workers } of installed) {
    const count = `${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}`;
    terminal.note(`runs    ${count} by ${name} ${version}`);
  }
}

function imageLine(name: Reference, app: BuiltApp): string {
  const files = app.content.entries.filter((entry) => entry.kind === 'file').length;
  const { digest } = app.image.manifest.descriptor;
  const platform = platformText(platformOfWorkers);
  const count = `${files} ${files === 1 ? 'file' : 'files'}`;
  return `image   ${familiarName(name)}  ${platform}  ${digest.slice(0, 19)}  ${count}, ${sizeText(layerSize(app))}`;
}

function layerSize({ image }: BuiltApp): number {
  return image.layers.reduce((sum, layer) => sum + layer.descriptor.size, 0);
}

/** `docker.io/library/apps@sha256:…`: names the very bytes, wherever the tag moves to. */
function digestReference([name]: readonly Reference[], { image }: BuiltApp): string {
  return name === undefined
    ? image.manifest.descriptor.digest
    : `${repositoryOf(name)}@${image.manifest.descriptor.digest}`;
}

function summary(
  app: BuiltApp,
  languages: AppLanguages,
  names: readonly Reference[],
  file?: string,
  target?: ContainerdTarget,
): object {
  const { manifest, config, layers } = app.image;
  return {
    reference: digestReference(names, app),
    names: names.map(fullName),
    platform: platformText(platformOfWorkers),
    manifest: manifest.descriptor,
    config: config.descriptor,
    layers: layers.map((layer) => layer.descriptor),
    leftOut: app.content.leftOut,
    languages: languages.installed,
    warnings: [...app.content.warnings, ...languages.warnings],
    ...(file !== undefined && { archive: path.resolve(file) }),
    ...(target && { containerd: target }),
  };
}
