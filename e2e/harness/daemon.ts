import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';

/** A daemon in a test's machine. */
export class Daemon {
  readonly name: string;
  /** As this machine counts, not the test's. */
  readonly pid: number;
  readonly #log: string;
  readonly #entered: ChildProcess;
  readonly #exited: Promise<unknown>;

  /** `entered` is the nsenter(1) that waits for the daemon, `pid` the daemon itself. */
  constructor(name: string, entered: ChildProcess, pid: number, log: string) {
    this.name = name;
    this.pid = pid;
    this.#log = log;
    this.#entered = entered;
    this.#exited = once(entered, 'exit');
  }

  get running(): boolean {
    return this.#entered.exitCode === null && this.#entered.signalCode === null;
  }

  /** Everything it has said so far. */
  async log(): Promise<string> {
    return readFile(this.#log, 'utf8');
  }

  /** The end of its log, for the message of a failing test. */
  async lastWords(): Promise<string> {
    return `${this.name} said last:\n${(await this.log()).split('\n').slice(-15).join('\n')}`;
  }

  /** Sends a signal and resolves when the daemon is gone; one that ignores it for 30 s is killed. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (!this.running) return;
    const kill = setTimeout(() => process.kill(this.pid, 'SIGKILL'), 30_000);
    try {
      process.kill(this.pid, signal);
      await this.#exited;
    } finally {
      clearTimeout(kill);
    }
  }
}
