import { cp } from 'node:fs/promises';
import path from 'node:path';
import { installInterpreters } from '#runtime/languages/testdata/interpreters.ts';
import { type Build, buildWorkers, type KitForm, type KitLanguage } from './build-workers.ts';
import { CHECKOUT } from './machine.ts';

const APPS = path.join(CHECKOUT, 'e2e/apps/kits');

/** A Go module or crate with one program, and what that is called. */
type ProgramBuild = Build & { readonly program: string };

/** As programs for Wasm Workers Server were written: with its kit's path. */
const UPSTREAM: ProgramBuild = {
  language: 'go',
  form: 'command',
  source: path.join(APPS, 'go-upstream'),
  program: 'upstream',
};

const GO_EXAMPLE: ProgramBuild = {
  language: 'go',
  form: 'prepared',
  source: path.join(CHECKOUT, 'examples/go/_src'),
  program: 'links',
};

const RUST_EXAMPLE: ProgramBuild = {
  language: 'rust',
  form: 'command',
  source: path.join(CHECKOUT, 'examples/rust/_src'),
  program: 'avatars',
};

/** The two of the five languages that have to be built. */
const FIVE: readonly ProgramBuild[] = (['go', 'rust'] as const).map((language) => ({
  language,
  form: language === 'go' ? 'prepared' : 'command',
  source: path.join(CHECKOUT, `examples/languages/_${language}`),
  program: 'visits',
}));

/** Builds what tests ask for, so that none of them has to wait for compilers and crates. */
export async function buildTestWorkers(): Promise<void> {
  const five = (wanted: KitLanguage): Build[] => FIVE.filter(({ language }) => language === wanted);
  const go = [
    ...[testWorkers('go', 'command'), testWorkers('go', 'prepared')],
    ...[UPSTREAM, GO_EXAMPLE, ...five('go')],
  ];
  const rust = [testWorkers('rust', 'command'), RUST_EXAMPLE, ...five('rust')];
  // One of them may still have to fetch its compiler, and leaves the processors to the other.
  await Promise.all([buildInTurn(go), buildInTurn(rust)]);
}

async function buildInTurn(builds: readonly Build[]): Promise<void> {
  for (const build of builds) await buildWorkers(build);
}

/** The probe of a kit: one program that does what the path of the request says. */
export async function probe(language: KitLanguage, form: KitForm): Promise<string> {
  return path.join(await buildWorkers(testWorkers(language, form)), 'probe.wasm');
}

/** Adds a worker for each feature of the project `e2e/apps/languages` to the folder `place`. */
export async function addKitWorkers(language: KitLanguage, form: KitForm, place: string): Promise<void> {
  const workers = await buildWorkers(testWorkers(language, form));
  for (const name of ['kv', 'env', 'folder', 'http', 'hostile']) {
    await cp(path.join(workers, `${name}.wasm`), path.join(place, `${name}.wasm`));
  }
  await cp(path.join(workers, 'user.wasm'), path.join(place, 'users/[id].wasm'));
}

/** Brings into a copy of an example what its README has built or installed; does nothing where that is nothing. */
export async function buildExample(name: string, directory: string): Promise<void> {
  if (name === 'languages') {
    await installInterpreters(directory, 'python 3.12', 'ruby 3.4');
    for (const build of FIVE)
      await cp(await builtProgram(build), path.join(directory, `${build.language}.wasm`));
  }
  if (name === 'go') await cp(await builtProgram(GO_EXAMPLE), path.join(directory, '[slug].wasm'));
  if (name === 'rust')
    await cp(await builtProgram(RUST_EXAMPLE), path.join(directory, 'avatars/[name].wasm'));
}

/** A program in Go that imports the kit by the path that it had in Wasm Workers Server. */
export async function upstreamProgram(): Promise<string> {
  return await builtProgram(UPSTREAM);
}

async function builtProgram(build: ProgramBuild): Promise<string> {
  return path.join(await buildWorkers(build), `${build.program}.wasm`);
}

function testWorkers(language: KitLanguage, form: KitForm): Build {
  return { language, form, source: path.join(APPS, language) };
}
