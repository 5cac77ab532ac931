import { writeSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { compileModule } from '#runtime/wasi/compile.ts';
import { close, eventfd } from '#runtime/wasi/kernel.ts';
import { commandLimits } from '#runtime/wasi/limits.ts';
import { checkModule } from '#runtime/wasi/link.ts';
import { ModuleError } from '#runtime/wasi/module-error.ts';
import type { Preopen } from '#runtime/wasi/preopen.ts';
import { openPreopen } from '#runtime/wasi/preopens.ts';
import type { CommandStdio, ThreadData, ThreadEnd } from './message.ts';
import { threadScript } from './thread-script.ts';

export type { CommandStdio } from './message.ts';

export interface CommandSpec {
  /** The module's file. */
  readonly file: string;
  /** The module as messages call it; by default the file's base name. */
  readonly name?: string;
  /** The whole argument vector, with the command's own name first. */
  readonly args: readonly string[];
  /** `NAME=value`. */
  readonly env: readonly string[];
  readonly preopens: readonly Preopen[];
  /** By default this process's own 0, 1 and 2. */
  readonly stdio?: CommandStdio;
  /** Bytes of memory the command may grow to. */
  readonly memory?: number;
}

/** Signals that end a command: it has no handlers, and so this process answers for it. */
const fatalSignals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const;

/** What a shell reports for a command that could not go on. */
const ABORTED = 134;

/** A command, compiled, with its thread waiting for the word to start. */
export class Command implements AsyncDisposable {
  readonly #thread: Worker;
  readonly #wakeFd: number;

  constructor(module: WebAssembly.Module, name: string, spec: CommandSpec) {
    this.#wakeFd = eventfd();
    const workerData: ThreadData = {
      module,
      name,
      args: spec.args,
      env: spec.env,
      preopens: spec.preopens,
      stdio: spec.stdio ?? { stdin: 0, stdout: 1, stderr: 2 },
      wakeFd: this.#wakeFd,
    };
    this.#thread = new Worker(threadScript(), { workerData, env: {} });
  }

  /**
   * Runs it once. Resolves with its exit code: 0 for a return, the code it exits with (eight bits), 134 for a
   * trap, 128 + n when this process is sent the fatal signal n.
   *
   * @throws Error when the thread itself fails
   */
  async run(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const onSignal = (_name: NodeJS.Signals, number: number): void => resolve(128 + number);
    for (const signal of fatalSignals) process.on(signal, onSignal);
    this.#thread.once('message', (end: ThreadEnd) => resolve(end.exitCode));
    this.#thread.once('error', reject);
    this.#thread.once('exit', () => resolve(ABORTED));
    this.#thread.postMessage('start');
    try {
      return await promise;
    } finally {
      for (const signal of fatalSignals) process.off(signal, onSignal);
      await this[Symbol.asyncDispose]();
    }
  }

  /** Ends the thread wherever it is: computing, or waiting inside a host call. */
  async [Symbol.asyncDispose](): Promise<void> {
    wake(this.#wakeFd);
    await this.#thread.terminate();
    close(this.#wakeFd);
  }
}

/** Makes an eventfd readable. */
function wake(fd: number): void {
  const one = new BigUint64Array([1n]);
  writeSync(fd, one);
}

/**
 * Compiles and checks a command, and starts its thread.
 *
 * @throws ModuleError when the file is no command that can be run here
 * @throws FolderError when a preopen cannot be opened
 */
export async function prepareCommand(spec: CommandSpec): Promise<Command> {
  const name = spec.name ?? path.basename(spec.file);
  const module = await compileModule(spec.file, { name, memory: spec.memory ?? commandLimits.memory });
  if (checkModule(module, name, new Set()) !== 'command') {
    throw new ModuleError(
      'link',
      `Cannot run "${name}": it exports no function "_start", so it is no command`,
    );
  }
  for (const preopen of spec.preopens) close(openPreopen(preopen).hostFd);
  return new Command(module, name, spec);
}

/** Prepares a command and runs it; see `Command.run`. */
export async function runCommand(spec: CommandSpec): Promise<number> {
  const command = await prepareCommand(spec);
  return await command.run();
}
