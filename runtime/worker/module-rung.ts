import type { Stdio } from '#runtime/wasi/host.ts';
import type { Outcome } from '#runtime/wasi/run-module.ts';
import type { HostCalls } from './host-calls.ts';

/** `new` makes an instance for each run, `kept` restores one. */
export type RungName = 'new' | 'kept';

/** A way of giving every run of a module a state as if it were the first. */
export interface ModuleRung {
  readonly name: RungName;
  /** What the preparation printed that all runs begin with; empty when each does its own. */
  readonly said: Uint8Array;
  /** @throws FolderError when a folder cannot be opened */
  run(stdio: Stdio, calls: HostCalls): Outcome;
}
