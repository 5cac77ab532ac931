import { createHash, type Hash } from 'node:crypto';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheDirectory } from '#runtime/languages/testdata/cache-directory.ts';
import { cached } from './cache.ts';
import { CHECKOUT } from './machine.ts';
import { progress } from './progress.ts';
import { goToolchain, rustToolchain, type Toolchain } from './toolchain.ts';

const APPS = path.join(CHECKOUT, 'e2e/apps/kits');
const KITS = path.join(CHECKOUT, 'runtime/kits');

/** What the kits' workers can be built from. */
export type KitLanguage = 'go' | 'rust';

/** `command` starts anew for each request, `prepared` is prepared once. */
export type KitForm = 'command' | 'prepared';

export interface Build {
  readonly language: KitLanguage;
  readonly form: KitForm;
  /** A module of Go or a crate. */
  readonly source: string;
  /** What the only program of a Go module is to be called; by default there is one in each of its folders. */
  readonly program?: string;
}

/**
 * Builds programs with a kit, each to NAME.wasm, and resolves with the folder that has them. It is done once for each
 * content of the program, the kit and each version of the compiler.
 */
export async function buildWorkers(build: Build): Promise<string> {
  const { language, form, source } = build;
  const toolchain = await (language === 'go' ? goToolchain() : rustToolchain());
  const key = createHash('sha256').update(`${toolchain.version}\0${form}\0`);
  for (const folder of [source, path.join(KITS, language)]) await addFolder(key, folder);
  const name = `kit-${language}-${slug(source)}-${key.digest('hex').slice(0, 12)}`;
  return await cached(name, async (scratch) => {
    progress(`building ${path.relative(CHECKOUT, source)} with ${toolchain.version}`);
    if (language === 'go') await buildGo(toolchain, build, scratch);
    else await buildRust(toolchain, source, scratch);
  });
}

/** The probe of a kit: one program that does what the path of the request says. */
export async function probe(language: KitLanguage, form: KitForm): Promise<string> {
  return path.join(await testWorkers(language, form), 'probe.wasm');
}

/**
 * A project in `into` with a worker for each feature: `/kv`, `/env`, `/users/[id]`, `/folder` and `/http`. The latter
 * asks `$UPSTREAM`, which its configuration sets to `http://upstream:3000/` and allows.
 */
export async function kitProject(language: KitLanguage, form: KitForm, into: string): Promise<string> {
  const workers = await testWorkers(language, form);
  const project = path.join(into, `${language}-${form}`);
  await cp(path.join(APPS, 'project'), project, { recursive: true });
  for (const name of ['kv', 'env', 'folder', 'http']) {
    await cp(path.join(workers, `${name}.wasm`), path.join(project, `${name}.wasm`));
  }
  await cp(path.join(workers, 'user.wasm'), path.join(project, 'users/[id].wasm'));
  return project;
}

/** Builds what tests ask for, so that none of them has to wait for compilers and crates. */
export async function buildTestWorkers(): Promise<void> {
  await testWorkers('go', 'command');
  await testWorkers('go', 'prepared');
  await testWorkers('rust', 'command');
  await upstreamProgram();
  for (const { build } of EXAMPLE_WORKERS.values()) await buildWorkers(build);
}

/** What the examples in these languages are built as, and which of their files that is. */
const EXAMPLE_WORKERS: ReadonlyMap<string, ExampleWorker> = new Map([
  ['go', { build: example({ language: 'go', form: 'prepared', program: 'links' }), worker: '[slug].wasm' }],
  [
    'rust',
    {
      build: example({ language: 'rust', form: 'command', program: 'avatars' }),
      worker: 'avatars/[name].wasm',
    },
  ],
]);

interface ExampleWorker {
  readonly build: Build & { readonly program: string };
  readonly worker: string;
}

function example<T extends Omit<Build, 'source'>>(build: T): T & Pick<Build, 'source'> {
  return { ...build, source: path.join(CHECKOUT, 'examples', build.language, '_src') };
}

/** Builds the worker of an example into a copy of it; does nothing for examples that need no compiler. */
export async function buildExample(name: string, directory: string): Promise<void> {
  const found = EXAMPLE_WORKERS.get(name);
  if (found === undefined) return;
  const { build, worker } = found;
  await cp(path.join(await buildWorkers(build), `${build.program}.wasm`), path.join(directory, worker));
}

/** A program in Go that imports the kit by the path that it had in Wasm Workers Server. */
export async function upstreamProgram(): Promise<string> {
  const program = 'upstream';
  const source = path.join(APPS, 'go-upstream');
  return path.join(
    await buildWorkers({ language: 'go', form: 'command', source, program }),
    `${program}.wasm`,
  );
}

function testWorkers(language: KitLanguage, form: KitForm): Promise<string> {
  return buildWorkers({ language, form, source: path.join(APPS, language) });
}

async function buildGo(toolchain: Toolchain, { form, source, program }: Build, into: string): Promise<void> {
  const mode = form === 'prepared' ? ['-buildmode=c-shared'] : [];
  const env = { GOOS: 'wasip1', GOARCH: 'wasm', GOFLAGS: '-buildvcs=false' };
  const folders = (await readdir(source, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const several = folders.map(({ name }) => ({ name, folder: `./${name}` }));
  for (const { name, folder } of program === undefined ? several : [{ name: program, folder: '.' }]) {
    const module = path.join(into, `${name}.wasm`);
    const argv = ['go', 'build', '-trimpath', '-ldflags=-s', ...mode, '-o', module, folder];
    await toolchain.run(argv, { cwd: source, writable: [into], env });
  }
}

/** Compiled crates are kept between builds; of what was built, only this source's programs are taken. */
async function buildRust(toolchain: Toolchain, source: string, into: string): Promise<void> {
  const target = path.join(cacheDirectory(), 'rust-target', slug(source));
  await mkdir(target, { recursive: true });
  const argv = [
    'cargo',
    'build',
    '--release',
    '--locked',
    '--target=wasm32-wasip1',
    `--target-dir=${target}`,
  ];
  const env = { CARGO_TARGET_WASM32_WASIP1_LINKER: 'wasm-ld' };
  await toolchain.run(argv, { cwd: source, writable: [target], env });
  const built = path.join(target, 'wasm32-wasip1/release');
  for (const file of await readdir(built)) {
    if (file.endsWith('.wasm')) await cp(path.join(built, file), path.join(into, file));
  }
}

function slug(source: string): string {
  return path.relative(CHECKOUT, source).replaceAll(/\W+/g, '-');
}

/** Adds names and contents of all files below `folder` to a hash. */
async function addFolder(hash: Hash, folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const bytes = await readFile(file);
    hash.update(`${path.relative(folder, file)}\0${bytes.length}\0`).update(bytes);
  }
}
