import { ImageError, type ImageErrorCode, reasonOf } from './errors.ts';

/** What a failed command ends with. */
export interface Failure {
  readonly exitCode: number;
  /** One line that says what and where. */
  readonly message: string;
  /** One line that says what to do about it. */
  readonly hint?: string;
}

interface Outcome {
  readonly exitCode: number;
  readonly hint?: string;
}

/** The border between this program's errors and the shell; `wasm-image --help` prints the numbers. */
const outcomes: Record<ImageErrorCode, Outcome> = {
  usage: { exitCode: 2, hint: 'See "wasm-image --help"' },
  'app-invalid': { exitCode: 3, hint: 'Change or remove that file, then build again' },
  'not-an-image': {
    exitCode: 3,
    hint: 'Give it what "wasm-image build -o" or "docker save" wrote, or the tar of an OCI layout',
  },
  'wrong-platform': {
    exitCode: 3,
    hint: 'Build it with "wasm-image build", or with "docker buildx build --platform wasi/wasm"',
  },
  'not-found': { exitCode: 4, hint: 'Check the path' },
  io: { exitCode: 1, hint: 'Check the permissions and the free space there' },
  'engine-missing': {
    exitCode: 7,
    hint: 'Start containerd, or name its socket with --address or CONTAINERD_ADDRESS; -o FILE.tar needs no engine',
  },
  'engine-denied': { exitCode: 7, hint: 'Run as root, or as a user who may use that socket' },
  'engine-foreign': { exitCode: 7, hint: "Name containerd's socket with --address or CONTAINERD_ADDRESS" },
  'engine-failed': { exitCode: 7, hint: "containerd's own log says more" },
  corrupt: { exitCode: 8, hint: 'Make or fetch the image again: its bytes are not what it says they are' },
  unsafe: { exitCode: 8, hint: 'Do not use this image before you know where it comes from' },
  interrupted: { exitCode: 130 },
};

/** Says how the program ends after `error`. Unknown errors are wrapped here and nowhere else. */
export function failureOf(error: unknown): Failure {
  // Giving something back failed too; why it had to be given back is the news.
  if (error instanceof SuppressedError) return failureOf(error.suppressed);
  if (error instanceof ImageError) return { ...outcomes[error.code], message: error.message };
  if (error instanceof Error && error.name === 'AbortError') {
    return { ...outcomes.interrupted, message: 'Interrupted' };
  }
  return { exitCode: 1, message: `Cannot go on: ${reasonOf(error)}` };
}
