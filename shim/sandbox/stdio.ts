import { close } from 'node:fs';
import { promisify } from 'node:util';
import { openOutput } from './client-file.ts';
import type { StdioPaths } from './sandbox.ts';
import { Stdin } from './stdin.ts';

const closeFile = promisify(close);

/** Descriptors for a container's process, until it has them. */
export interface Stdio extends AsyncDisposable {
  readonly stdin: Stdin;
  readonly stdout: number;
  readonly stderr: number;
  /**
   * Closes the outputs: who reads them gets end-of-file when the last writer is gone, and that must be the
   * container.
   */
  handOver(): Promise<void>;
}

/**
 * Opens what the client names.
 *
 * @throws ShimError not-found, unimplemented or unknown, with the path
 */
export async function openStdio(paths: StdioPaths): Promise<Stdio> {
  const outputs: number[] = [];
  const closeOutputs = async (): Promise<void> => {
    await Promise.all(outputs.splice(0).map((fd) => closeFile(fd)));
  };
  await using undo = new AsyncDisposableStack();
  const stdin = undo.use(await Stdin.open(paths.stdin));
  undo.defer(closeOutputs);
  const stdout = await openOutput('stdout', paths.stdout);
  outputs.push(stdout);
  // A terminal has one output.
  const stderrPath = paths.stderr === '' && paths.terminal ? paths.stdout : paths.stderr;
  const stderr = await openOutput('stderr', stderrPath);
  outputs.push(stderr);
  const kept = undo.move();
  return {
    stdin,
    stdout,
    stderr,
    handOver: closeOutputs,
    [Symbol.asyncDispose]: async () => kept.disposeAsync(),
  };
}
