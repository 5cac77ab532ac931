import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '#e2e/harness/command.ts';

const SERVER = path.join(import.meta.dirname, 'project-server.ts');
const BARE = path.join(import.meta.dirname, 'bare-server.ts');

/** A server under load. */
export interface Peer {
  readonly row: string;
  readonly url: string;
  /** The row it is measured against; absent for the yardstick. */
  readonly against?: string;
  /** Rows with the same figures, measured against something else. */
  readonly also?: readonly { readonly row: string; readonly against: string }[];
}

/** All servers of the suite, each pinned to the same cores, idle until they are asked. */
export class Peers implements AsyncDisposable {
  readonly list: Peer[] = [];
  readonly #cores: string;
  readonly #directory: string;
  readonly #processes: ChildProcess[] = [];

  private constructor(cores: string, directory: string) {
    this.#cores = cores;
    this.#directory = directory;
  }

  static async start(cores: string): Promise<Peers> {
    const peers = new Peers(cores, await mkdtemp(path.join(tmpdir(), 'bench-http-')));
    try {
      await peers.#startAll();
    } catch (error) {
      await peers[Symbol.asyncDispose]();
      throw error;
    }
    return peers;
  }

  async #startAll(): Promise<void> {
    const few = await this.#project('few', 10);
    const ten = await this.#project('ten', 10);
    const many = await this.#project('many', 1000);
    const served = await this.#serve([SERVER, few]);
    this.list.push(
      { row: 'wasm', url: `${served}/wasm-9`, against: 'bare' },
      { row: 'js', url: `${served}/js`, against: 'bare' },
      { row: 'static', url: `${served}/file.txt`, against: 'bare' },
      { row: 'wasm-10-routes', url: `${await this.#serve([SERVER, ten])}/wasm-9`, against: 'wasm' },
      {
        row: 'wasm-1000-routes',
        url: `${await this.#serve([SERVER, many])}/wasm-999`,
        against: 'wasm',
        also: [{ row: 'wasm-1000-to-10-routes', against: 'wasm-10-routes' }],
      },
      {
        row: 'wasm-no-watchdog',
        url: `${await this.#serve([SERVER, few, 'no-watchdog'])}/wasm-9`,
        against: 'wasm',
      },
      { row: 'bare', url: `${await this.#serve([BARE])}/` },
    );
  }

  /** A project with so many routes to compiled workers, one to a JavaScript worker, and a file. */
  async #project(name: string, routes: number): Promise<string> {
    const root = path.join(this.#directory, name);
    await mkdir(path.join(root, 'public'), { recursive: true });
    await writeFile(path.join(root, 'public/file.txt'), 'hello, 123\n');
    await copyFile(path.join(import.meta.dirname, 'worker.js'), path.join(root, 'js.js'));
    const first = path.join(root, 'wasm-0.wasm');
    await run([
      ...['clang', '--target=wasm32-wasi', '-O2', '-Wl,--strip-debug', '-o', first],
      path.join(import.meta.dirname, 'worker.c'),
    ]);
    for (let route = 1; route < routes; route++) {
      await copyFile(first, path.join(root, `wasm-${route}.wasm`));
    }
    return root;
  }

  /** Starts a script that prints its port, and answers its URL. */
  async #serve(script: readonly string[]): Promise<string> {
    const argv = [process.execPath, '--disable-warning=ExperimentalWarning', ...script];
    const child = spawn('taskset', ['-c', this.#cores, ...argv], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#processes.push(child);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`Cannot start "${script.join(' ')}": it ended with code ${code}`);
    });
    const [port] = await Promise.race([once(child.stdout, 'data'), ended]);
    ended.catch(() => {});
    return `http://127.0.0.1:${String(port).trim()}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(this.#directory, { recursive: true, force: true });
  }
}
