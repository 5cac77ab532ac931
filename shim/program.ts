import { writeSync } from 'node:fs';
import { parseArguments, type ShimArguments } from './args.ts';
import { ShimError } from './errors.ts';

export const FAILURE = 1;
export const USAGE_ERROR = 2;

const STDOUT = 1;
const STDERR = 2;

/** Runs what the command line asks for and ends the process with the status that `run` resolves to. */
export function runProgram(run: (line: ShimArguments) => Promise<number>): void {
  const line = readCommandLine();
  if (line instanceof ShimError) process.exit(complain(line.message, USAGE_ERROR));
  run(line).then(
    (status) => process.exit(status),
    (error: unknown) =>
      process.exit(complain(error instanceof Error ? error.message : String(error), FAILURE)),
  );
}

function readCommandLine(): ShimArguments | ShimError {
  try {
    return parseArguments(process.argv.slice(2));
  } catch (error) {
    if (error instanceof ShimError) return error;
    throw error;
  }
}

export function answer(bytes: string | Uint8Array): number {
  writeSync(STDOUT, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  return 0;
}

/** containerd shows what stands here to the user, as one line. */
export function complain(message: string, status: number): number {
  writeSync(STDERR, `${message.replace(/\s*\n\s*/g, ' ').trim()}\n`);
  return status;
}
