import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ImageError, reasonOf } from '../errors.ts';
import { type Program, wwsProgram } from './wws-program.ts';

/** An interpreter that was kept as it is once started. */
export interface Snapshot {
  /** Name and version. */
  readonly runtime: string;
  readonly bytes: number;
  readonly workers: readonly string[];
}

interface Context {
  readonly signal: AbortSignal;
  readonly program?: Program;
}

/** Has the worker runtime start the interpreters of an app, and write what they are then into the directory `into`. */
export async function takeSnapshots(
  app: string,
  into: string,
  { signal, program }: Context,
): Promise<readonly Snapshot[]> {
  const { file, args } = program ?? (await wwsProgram());
  const command = [...args, app, 'runtimes', 'snapshot', '--out', into, '--json'];
  try {
    const child = spawn(file, command, { stdio: ['ignore', 'pipe', 'pipe'], signal });
    const [[code], out, said] = await Promise.all([
      once(child, 'close'),
      text(child.stdout),
      text(child.stderr),
    ]);
    if (code !== 0) throw new Error(said.trim() || `exit code ${code}`);
    return (JSON.parse(out) as { readonly snapshots: readonly Snapshot[] }).snapshots;
  } catch (error) {
    signal.throwIfAborted();
    throw new ImageError('app-invalid', `Cannot start the languages of "${app}": ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
