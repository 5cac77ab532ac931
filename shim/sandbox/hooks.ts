import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { ShimError } from '../errors.ts';
import type { HookStage } from './spec.ts';
import type { HookSpec } from './spec-hooks.ts';

/** What a hook reads on stdin (OCI runtime-spec runtime.md#state). */
export interface ContainerState {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: 'creating' | 'created' | 'running' | 'stopped';
  /** Absent once the container has stopped. */
  readonly pid?: number;
  readonly bundle: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Runs the hooks of one stage in order, in the host's namespaces. The first that fails ends the row.
 *
 * @throws ShimError unknown, in the words Docker shows for runc
 */
export async function runHooks(
  stage: HookStage,
  hooks: readonly HookSpec[],
  state: ContainerState,
): Promise<void> {
  for (const [index, hook] of hooks.entries()) {
    const failure = await runHook(hook, state);
    if (failure !== undefined) {
      const what = `error during container init: error running ${stage} hook #${index}: ${failure}`;
      throw new ShimError('unknown', what);
    }
  }
}

/** What went wrong, undefined when nothing did. */
async function runHook(hook: HookSpec, state: ContainerState): Promise<string | undefined> {
  const child = spawn(hook.path, hook.args.slice(1), {
    argv0: hook.args[0] ?? hook.path,
    cwd: state.bundle,
    env: Object.fromEntries(hook.env.map(splitVariable)),
    stdio: 'pipe',
    ...(hook.timeoutSeconds === undefined
      ? {}
      : { timeout: hook.timeoutSeconds * 1000, killSignal: 'SIGKILL' }),
  });
  const ended = Promise.withResolvers<string | undefined>();
  child.once('error', (error) => ended.resolve(error.message));
  child.once('close', (code, signal) => {
    if (code === 0) ended.resolve(undefined);
    else ended.resolve(signal === null ? `exit status ${code}` : `signal: ${signal}`);
  });
  // A hook need not read its input.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(state));
  const [failure, stdout, stderr] = await Promise.all([
    ended.promise,
    text(child.stdout),
    text(child.stderr),
  ]);
  if (failure === undefined) return undefined;
  return `${failure}, stdout: ${stdout.slice(0, 4096)}, stderr: ${stderr.slice(0, 4096)}`;
}

function splitVariable(variable: string): readonly [string, string] {
  const mark = variable.indexOf('=');
  return mark < 0 ? [variable, ''] : [variable.slice(0, mark), variable.slice(mark + 1)];
}
