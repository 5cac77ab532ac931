/** Projects of several files for tests. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import type { Guest } from '#runtime/worker/guest.ts';
import type { SourceFile } from '#runtime/worker/source-file.ts';
import { type ImmediateGuest, immediate } from '#runtime/worker/testdata/asking.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { workerLimits } from '#runtime/worker-limits.ts';
import { loadJavaScriptGuest } from './guest.ts';
import { request, type Shown, shown, type WorkerOptions } from './worker-fixture.ts';

export interface LoadOptions extends Omit<WorkerOptions, 'name'> {
  readonly folders?: readonly Preopen[];
}

/** A project in a directory of its own, gone when it is disposed of. */
export class TestProject implements AsyncDisposable {
  readonly root: string;
  /** What the last load read beside the worker's own file. */
  sources: SourceFile[] = [];

  private constructor(root: string) {
    this.root = root;
  }

  /** Texts by path below the root. */
  static async make(files: Readonly<Record<string, string | Uint8Array>>): Promise<TestProject> {
    const project = new TestProject(
      await realpath(await mkdtemp(path.join(tmpdir(), 'javascript-project-'))),
    );
    for (const [name, content] of Object.entries(files)) await project.write(name, content);
    return project;
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    const file = path.join(this.root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }

  async load(name: string, options: LoadOptions = {}): Promise<Guest> {
    this.sources = [];
    const spec = guestSpec({
      language: 'javascript',
      file: path.join(this.root, name),
      name,
      root: this.root,
      vars: options.vars ?? {},
      folders: options.folders ?? [],
      limits: workerLimits(options.limits),
    });
    return await loadJavaScriptGuest(spec, (source) => this.sources.push(source));
  }

  async loadImmediate(name: string, options: LoadOptions = {}): Promise<ImmediateGuest> {
    return immediate(await this.load(name, options));
  }

  /** What the worker answers to a plain request. */
  async answer(name: string): Promise<Shown> {
    return shown((await this.loadImmediate(name)).handle(request()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true });
  }
}
