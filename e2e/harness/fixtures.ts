import { cp, mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { run } from './command.ts';
import { CHECKOUT } from './machine.ts';

const APPS = path.join(import.meta.dirname, '../apps');

/** Names of the images that `Fixtures` builds. */
export const IMAGES = {
  hello: 'docker.io/wws-e2e/hello:latest',
  command: 'docker.io/wws-e2e/command:latest',
} as const;

/** The example apps with their workers compiled, and archives of them, in a folder of their own. */
export class Fixtures implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<Fixtures> {
    const fixtures = new Fixtures(await mkdtemp(path.join(os.tmpdir(), 'wws-fixtures-')));
    await cp(path.join(APPS, 'hello'), fixtures.hello, { recursive: true });
    await mkdir(fixtures.command);
    await Promise.all([
      compile('count', path.join(fixtures.hello, 'count.wasm')),
      compile('note', path.join(fixtures.hello, 'note.wasm')),
      compile('command', path.join(fixtures.command, 'command.wasm')),
    ]);
    return fixtures;
  }

  /** A project with JavaScript and compiled workers, a dynamic route, `[vars]`, `[[folders]]` and `public/`. */
  get hello(): string {
    return path.join(this.directory, 'hello');
  }

  /** A folder with nothing but `command.wasm`; its verbs are described in its source. */
  get command(): string {
    return path.join(this.directory, 'command');
  }

  /** An archive of the project `hello`, as `docker load` and `ctr images import` take it. */
  async helloArchive(): Promise<string> {
    return this.archive(this.hello, IMAGES.hello);
  }

  /** An archive whose entrypoint is the command itself. */
  async commandArchive(): Promise<string> {
    return this.archive(this.command, IMAGES.command, ['--entrypoint', '["/command.wasm"]']);
  }

  /**
   * A project with one sound worker (`/`) beside a module cut short (`/cut`), a script with a syntax error in
   * line 3 (`/typo`) and a configuration with an error in line 3 (`/settings`).
   */
  async broken(): Promise<string> {
    const directory = path.join(this.directory, 'broken');
    await mkdir(directory);
    await cp(path.join(this.hello, 'index.js'), path.join(directory, 'index.js'));
    await this.cutModule(path.join(directory, 'cut.wasm'));
    await writeFile(path.join(directory, 'typo.js'), '// one\n// two\nconst three = = 3;\n');
    await cp(path.join(this.hello, 'index.js'), path.join(directory, 'settings.js'));
    await writeFile(path.join(directory, 'settings.toml'), 'version = "1"\n\n[vars\nA = "a"\n');
    return directory;
  }

  /** A project whose one worker has much memory; it says what it finds there, the same each time. */
  async large(): Promise<string> {
    const directory = path.join(this.directory, 'large');
    await mkdir(directory);
    await compile('large', path.join(directory, 'index.wasm'));
    return directory;
  }

  /** Compiles a worker among the test data to `file`. */
  async worker(source: string, file: string): Promise<void> {
    await compile(source, file);
  }

  /** Writes a WebAssembly module to `file` that begins well and ends in the middle of a section. */
  async cutModule(file: string): Promise<void> {
    await cp(path.join(this.command, 'command.wasm'), file);
    await truncate(file, 1000);
  }

  /** Builds an image of `directory` by `wasm-image build` and resolves with the archive's path. */
  async archive(directory: string, image: string, flags: readonly string[] = []): Promise<string> {
    const file = path.join(this.directory, `${path.basename(directory)}.tar`);
    await run([path.join(CHECKOUT, 'bin/wasm-image'), 'build', directory, '-t', image, '-o', file, ...flags]);
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Path of a Dockerfile among the test data. */
export function dockerfile(name: 'project' | 'command'): string {
  return path.join(APPS, 'dockerfiles', `${name}.Dockerfile`);
}

async function compile(source: string, output: string): Promise<void> {
  const file = path.join(APPS, 'sources', `${source}.c`);
  await run(['clang', '--target=wasm32-wasi', '-Os', '-Wl,--strip-all', '-o', output, file]);
}
