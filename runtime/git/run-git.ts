import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** A git that failed; the message is its reason. */
export class GitError extends Error {
  override readonly name = 'GitError';
}

/**
 * Settings over all others: nothing of a repository runs a program, and nothing waits for somebody to answer.
 * Those of the user stay for the rest: proxies, certificates, stored passwords.
 */
const SETTINGS: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.askPass=',
  'credential.interactive=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'advice.detachedHead=false',
  'gc.auto=0',
  // Less than 1 kB/s for half a minute is a server that is gone.
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=30',
];

/** Where a git that runs us keeps its own things. */
const NOT_OURS: readonly string[] = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_EXTERNAL_DIFF',
  'GIT_PROXY_COMMAND',
];

/** No answer of git to a question of ours is longer. */
const MAXIMUM_OUTPUT = 32 * 1024 * 1024;

/** Runs git for one protocol and answers what it prints. Rejects with GitError. */
export async function runGit(args: readonly string[], protocol: string): Promise<string> {
  const settings = SETTINGS.flatMap((setting) => ['-c', setting]);
  const child = spawn('git', [...settings, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...Object.fromEntries(NOT_OURS.map((name) => [name, undefined])),
      GIT_ALLOW_PROTOCOL: protocol,
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: '',
      SSH_ASKPASS: '',
      LC_ALL: 'C',
    },
  });
  const failed = once(child, 'error').then(([error]) => {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new GitError(code === 'ENOENT' ? 'the program "git" is not installed' : message, { cause: error });
  });
  const ended = Promise.all([once(child, 'close'), boundedText(child), text(child.stderr)]);
  const [[code], stdout, stderr] = await Promise.race([ended, failed]);
  if (code !== 0) throw new GitError(reasonIn(stderr) ?? `git ended with ${code}`);
  return stdout;
}

async function boundedText(child: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of child.stdout) {
    length += chunk.length;
    if (length > MAXIMUM_OUTPUT) {
      child.kill('SIGKILL');
      throw new GitError('git has too much to say of it');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Errors come with hints in front of them and behind. */
function reasonIn(stderr: string): string | undefined {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const fatal = lines.find((line) => /^(fatal|error): /.test(line));
  return (fatal ?? lines.at(-1))?.replace(/^(fatal|error): /, '');
}
