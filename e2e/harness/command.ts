import { type ChildProcess, spawn } from 'node:child_process';
import { Readable } from 'node:stream';

/** How a command ended and what it said. */
export interface Outcome {
  /** Exit code, or 128 + signal number is not made up here: a killed command has code -1 and `signal`. */
  readonly code: number;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Replaces the whole environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to stdin, which is closed afterwards; without it stdin is /dev/null. */
  readonly input?: string | AsyncIterable<string>;
  /** Milliseconds until the command is killed and the call rejects; default 60 000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A command that did not exit with 0, or not in time. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly outcome: Outcome;

  constructor(argv: readonly string[], reason: string, outcome: Outcome) {
    const said = [outcome.stdout, outcome.stderr].map((text) => text.trim()).filter((text) => text !== '');
    super(`Cannot run "${argv.join(' ')}": ${reason}${said.length > 0 ? `\n${said.join('\n')}` : ''}`);
    this.outcome = outcome;
  }
}

/** Runs a command to its end, whatever its exit code; rejects only when it cannot start or outlives its limit. */
export async function attempt(argv: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.env,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const limit = AbortSignal.timeout(options.timeoutMs ?? 60_000);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  // A command may end without reading all of its input: its exit code tells the story, not EPIPE.
  child.stdin?.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') child.emit('error', error);
  });
  if (child.stdin !== null && options.input !== undefined) {
    const chunks = typeof options.input === 'string' ? [options.input] : options.input;
    Readable.from(chunks)
      .on('error', (error) => child.emit('error', error))
      .pipe(child.stdin);
  }
  const ended = (code: number | null, by: NodeJS.Signals | null): Outcome => ({
    code: code ?? -1,
    signal: by ?? undefined,
    stdout: stdout(),
    stderr: stderr(),
  });
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      child.kill('SIGKILL');
      reject(new CommandError(argv, `it has not ended: ${String(signal.reason)}`, ended(null, 'SIGKILL')));
    };
    signal.addEventListener('abort', abort, { once: true });
    child.once('error', (error) => {
      signal.removeEventListener('abort', abort);
      reject(new Error(`Cannot run "${argv.join(' ')}": ${error.message}`, { cause: error }));
    });
    // 'close', not 'exit': the pipes may still hold output when the process is gone.
    child.once('close', (code, by) => {
      signal.removeEventListener('abort', abort);
      resolve(ended(code, by));
    });
  });
}

/** Runs a command that must succeed and resolves with what it wrote to stdout. */
export async function run(argv: readonly string[], options: CommandOptions = {}): Promise<string> {
  const outcome = await attempt(argv, options);
  if (outcome.code !== 0) {
    throw new CommandError(argv, outcome.signal ?? `exit code ${outcome.code}`, outcome);
  }
  return outcome.stdout;
}

function collect(stream: ChildProcess['stdout']): () => string {
  const chunks: Buffer[] = [];
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
