import { errnoOf } from '#runtime/wasi/errno.ts';
import { FdInput, FdOutput } from '#runtime/wasi/fd-stdio.ts';
import { WasiHost } from '#runtime/wasi/host.ts';
import { commandLimits } from '#runtime/wasi/limits.ts';
import { type Outcome, runModule } from '#runtime/wasi/run-module.ts';
import { Waiter } from '#runtime/wasi/wait.ts';
import type { ThreadData } from './message.ts';

/** 128 + SIGABRT: what a process that gives up on itself exits with. */
const TRAPPED = 134;

/** Runs a command to its end and returns its exit code, 0 to 255. A trap is told on stderr. */
export function runInThread(data: ThreadData): number {
  const waiter = new Waiter(data.wakeFd);
  const stderr = new FdOutput(data.stdio.stderr, waiter);
  using host = new WasiHost({
    args: data.args,
    env: data.env,
    preopens: data.preopens,
    descriptors: commandLimits.descriptors,
    waiter,
  });
  host.open({
    stdin: new FdInput(data.stdio.stdin, waiter),
    stdout: new FdOutput(data.stdio.stdout, waiter),
    stderr,
  });
  const outcome = runModule(data.module, host);
  const report = reportOf(outcome, data.name);
  if (report !== '') say(stderr, report);
  // The kernel keeps eight bits of an exit code, and so do the engines' own tools.
  return outcome.kind === 'exited' ? outcome.code & 0xff : TRAPPED;
}

function reportOf(outcome: Outcome, name: string): string {
  if (outcome.kind !== 'trapped') return '';
  return `wasm trap: ${outcome.reason} in "${name}"\n${outcome.frames}`;
}

/** Where stderr takes nothing (closed, full disk), there is nobody left to tell. */
function say(stderr: FdOutput, text: string): void {
  try {
    stderr.write(new TextEncoder().encode(text));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
