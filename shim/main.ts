/**
 * `containerd-shim-wws-v1`: what containerd executes, once to start a shim and once to clean up after a
 * container. Someone waits for both, so nothing is loaded here that the action does not need.
 */
import { writeSync } from 'node:fs';
import { parseArguments, type ShimArguments } from './args.ts';
import { encodeRuntimeInfo } from './bootstrap/info.ts';
import { USAGE } from './bootstrap/usage.ts';
import { ShimError } from './errors.ts';
import { VERSION } from './version.ts';

const FAILURE = 1;
const USAGE_ERROR = 2;

const STDOUT = 1;
const STDERR = 2;

async function run(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv);
  if (line instanceof ShimError) return complain(line.message, USAGE_ERROR);
  const { flags, action, unknown } = line;
  if (flags.help) return answer(USAGE);
  if (flags.version)
    return answer(`containerd-shim-wws-v1:\n  Version: ${VERSION}\n  Node:    ${process.version}\n`);
  if (flags.info) return answer(encodeRuntimeInfo());
  switch (action) {
    case 'start': {
      const { readStdin } = await import('./bootstrap/params.ts');
      const { loadStartProgram } = await import('./bootstrap/program-files.ts');
      await loadStartProgram().start({
        flags,
        bundle: process.cwd(),
        stdin: readStdin(),
        unknownFlags: unknown,
        answer,
      });
      return 0;
    }
    case 'delete': {
      const { deleteContainer } = await import('./bootstrap/delete.ts');
      const { response, warnings } = await deleteContainer(flags);
      for (const warning of warnings) complain(warning, FAILURE);
      return answer(response);
    }
    case undefined:
      return complain(`${withoutAction(unknown)}, see --help`, USAGE_ERROR);
    default:
      return complain(`Unknown action "${action}": expected start or delete, see --help`, USAGE_ERROR);
  }
}

function readCommandLine(argv: readonly string[]): ShimArguments | ShimError {
  try {
    return parseArguments(argv);
  } catch (error) {
    if (error instanceof ShimError) return error;
    throw error;
  }
}

/** A newer daemon's flags come with an action; without one it was a person who mistyped. */
function withoutAction(unknown: readonly string[]): string {
  if (unknown.length === 0) return 'Nothing to do: expected start, delete, -info or -v';
  return `Unknown flag ${unknown.map((flag) => `"${flag}"`).join(', ')} and no action: expected start or delete`;
}

function answer(bytes: string | Uint8Array): number {
  writeSync(STDOUT, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  return 0;
}

/** containerd shows what stands here to the user, as one line. */
function complain(message: string, status: number): number {
  writeSync(STDERR, `${message.replace(/\s*\n\s*/g, ' ').trim()}\n`);
  return status;
}

run(process.argv.slice(2)).then(
  (status) => process.exit(status),
  (error: unknown) => process.exit(complain(error instanceof Error ? error.message : String(error), FAILURE)),
);
