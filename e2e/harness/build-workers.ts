import { createHash, type Hash } from 'node:crypto';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { cached } from './cache.ts';
import { CHECKOUT } from './machine.ts';
import { progress } from './progress.ts';
import { goToolchain, rustToolchain, type Toolchain } from './toolchain.ts';

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

async function buildRust(toolchain: Toolchain, source: string, into: string): Promise<void> {
  const target = path.join(into, 'target');
  const argv = ['cargo', 'build', '--release', '--locked', '--target=wasm32-wasip1', '--target-dir', target];
  const env = { CARGO_TARGET_WASM32_WASIP1_LINKER: 'wasm-ld' };
  await toolchain.run(argv, { cwd: source, writable: [into], env });
  const built = path.join(target, 'wasm32-wasip1/release');
  for (const file of await readdir(built)) {
    if (file.endsWith('.wasm')) await cp(path.join(built, file), path.join(into, file));
  }
  await rm(target, { recursive: true });
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
