import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createSandbox } from './create.ts';
import type { Installation } from './installation.ts';
import { spawnersOf } from './prepare.ts';
import { assembleRuntimeRoot } from './runtime-root.ts';
import type { Exit, Sandbox, SandboxRequest } from './sandbox.ts';

/** A runtime that runs `program`, native JavaScript with `boot`, `say()` and `end()`, once it is started. */
const runtimeSource = (program: string): string => `
const { Socket } = require('node:net');
const fs = require('node:fs');
const control = new Socket({ fd: 3 });
const say = (value) => fs.writeSync(1, (typeof value === 'string' ? value : JSON.stringify(value)) + '\\n');
const end = (code) => { control.destroy(); process.exit(code); };
process.on('SIGTERM', () => end(9));
let boot;
let pending = '';
control.setEncoding('utf8').on('data', (text) => {
  const lines = (pending + text).split('\\n');
  pending = lines.pop();
  for (const line of lines) {
    const message = JSON.parse(line);
    if (message.type === 'boot') { boot = message; control.write('{"type":"ready"}\\n'); }
    else { control.write('{"type":"started"}\\n', () => { ${program}\n }); }
  }
});`;

export interface BoxOptions {
  /** Changes to a small spec, key by key. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly args?: readonly string[];
  readonly request?: Partial<SandboxRequest>;
}

/** A place for containers of one test, on a runtime tree with a program of the test's own. */
export class Box implements AsyncDisposable {
  readonly directory: string;
  readonly image: string;
  readonly bundle: string;
  readonly output: string;
  readonly installation: Installation;
  readonly warnings: string[] = [];
  readonly #made: Sandbox[] = [];

  private constructor(directory: string) {
    this.directory = directory;
    this.image = path.join(directory, 'image');
    this.bundle = path.join(directory, 'bundle');
    this.output = path.join(directory, 'output');
    this.installation = {
      spawner: path.join(import.meta.dirname, 'spawner.ts'),
      runtimeRoot: path.join(directory, 'root'),
      runtimeScript: '/rt/container.cjs',
    };
  }

  static async make(program: string): Promise<Box> {
    const box = new Box(await mkdtemp(path.join(tmpdir(), 'jail-')));
    const root = box.installation.runtimeRoot;
    await assembleRuntimeRoot({ root, node: process.execPath });
    await writeFile(path.join(root, 'rt/container.cjs'), runtimeSource(program));
    await mkdir(box.image);
    await writeFile(box.output, '');
    return box;
  }

  /** Name of the cgroup all containers of this box are in. */
  get cgroup(): string {
    return `/wws-test-${path.basename(this.directory)}`;
  }

  async create({ config = {}, args = ['/'], request = {} }: BoxOptions = {}): Promise<Sandbox> {
    const linux = {
      cgroupsPath: `${this.cgroup}/box`,
      namespaces: ['mount', 'network', 'uts', 'ipc', 'pid'].map((type) => ({ type })),
    };
    const { linux: moreLinux = {}, process: moreProcess = {}, ...rest } = config;
    const spec = {
      ociVersion: '1.1.0',
      root: { path: this.image },
      process: { args, cwd: '/', ...(moreProcess as object) },
      linux: { ...linux, ...(moreLinux as object) },
      ...rest,
    };
    const bundle = request.bundle ?? this.bundle;
    await mkdir(path.join(bundle, 'rootfs'), { recursive: true });
    await writeFile(path.join(bundle, 'config.json'), JSON.stringify(spec));
    const stdio = { stdin: '', stdout: this.output, stderr: this.output, terminal: false };
    const sandbox = await createSandbox(
      {
        id: 'box',
        containerdNamespace: 'test',
        bundle,
        rootfs: [],
        stdio,
        warn: (message) => this.warnings.push(message),
        ...request,
      },
      this.installation,
    );
    this.#made.push(sandbox);
    return sandbox;
  }

  /** Runs a container to its end; the lines it said, parsed. */
  async run(options: BoxOptions = {}): Promise<{ readonly exit: Exit; readonly said: readonly unknown[] }> {
    const sandbox = await this.create(options);
    await sandbox.start();
    const exit = await sandbox.exited;
    await sandbox.destroy();
    const text = await readFile(this.output, 'utf8');
    await writeFile(this.output, '');
    if (exit.status !== 0) throw new Error(`The container ended with ${exit.status}: ${text}`);
    return {
      exit,
      said: text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as unknown),
    };
  }

  /** Cgroups that are still there. */
  async cgroupsLeft(): Promise<readonly string[]> {
    const hierarchies = await readdir('/sys/fs/cgroup');
    const found: string[] = [];
    for (const name of ['.', ...hierarchies]) {
      const directory = path.join('/sys/fs/cgroup', name, this.cgroup);
      if (
        await readdir(directory).then(
          () => true,
          () => false,
        )
      )
        found.push(directory);
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sandbox of this.#made) await sandbox.destroy();
    await spawnersOf(this.installation).close();
    await rm(this.directory, { recursive: true, force: true });
  }
}
