import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { CHECKOUT } from './machine.ts';

/** The `wws` that was built, by hand: it serves a project on a free port of loopback. */
export class Wws implements AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(url: string, process: ChildProcess, ended: Promise<unknown>) {
    this.url = url;
    this.#process = process;
    this.#ended = ended;
  }

  /** Resolves when it listens. What it logs is seen only when it cannot start. */
  static async serve(project: string, ...flags: readonly string[]): Promise<Wws> {
    const argv = [project, '-p', '0', ...flags];
    const child = spawn(path.join(CHECKOUT, 'bin/wws'), argv, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = once(child, 'exit');
    let log = '';
    child.stderr.on('data', (chunk: Buffer) => {
      log = (log + chunk).slice(-10_000);
    });
    const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
    const [url] = /http:\S+/.exec(String(line)) ?? [];
    if (url === undefined) throw new Error(`Cannot serve "${project}": wws has ended\n${log}`);
    return new Wws(url, child, ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGTERM');
    await this.#ended;
  }
}
