import { ShimError } from '../errors.ts';
import type { Exit, Sandbox, SandboxRecord } from '../sandbox/sandbox.ts';
import type { ContainerStats } from '../sandbox/stats.ts';

/** A sandbox without a process: tests decide what happens when, in orders no real one can be made to show. */
export class FakeSandbox implements Sandbox {
  readonly record: SandboxRecord;
  readonly exited: Promise<Exit>;
  readonly started: PromiseWithResolvers<void> = Promise.withResolvers();
  /** What was asked of it, in order. */
  readonly calls: string[] = [];
  /** When set, SIGKILL ends the process with this. */
  killedAs: Exit | undefined = { status: 137, at: new Date(1_700_000_000_137) };
  failDestroy: Error | undefined;
  readonly #exit = Promise.withResolvers<Exit>();

  constructor(id = 'web', pid = 4242) {
    this.record = { version: 1, id, pid, startTime: '1', cgroupPaths: [] };
    this.exited = this.#exit.promise;
  }

  get pid(): number {
    return this.record.pid;
  }

  /** The process ends. */
  exit(exit: Exit): void {
    this.#exit.resolve(exit);
  }

  async start(): Promise<void> {
    this.calls.push('start');
    await this.started.promise;
  }

  async signal(signal: number, all: boolean): Promise<void> {
    this.calls.push(`signal ${signal}${all ? ' all' : ''}`);
    if (signal === 9 && this.killedAs) this.exit(this.killedAs);
  }

  async pids(): Promise<readonly number[]> {
    return [this.pid + 1];
  }

  async stats(): Promise<ContainerStats> {
    throw new ShimError('unavailable', 'no figures');
  }

  closeStdin(): void {
    this.calls.push('closeStdin');
  }

  async destroy(): Promise<void> {
    this.calls.push('destroy');
    if (this.failDestroy) throw this.failDestroy;
  }
}
