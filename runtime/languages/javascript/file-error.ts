import { getSystemErrorMap } from 'node:util';
import { errorCode, WasiError } from '#runtime/wasi/errno.ts';
import { FolderError } from '#runtime/wasi/preopens.ts';
import { OutsideError } from './open-folders.ts';

/**
 * The error of a file operation in the form that Node gives it, `ENOENT: no such file or directory, open '/data/a'`,
 * from which the guest takes its code; what is no answer for a guest stays as it is.
 */
export function fileError(error: unknown, call: string, paths: readonly string[]): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const where = paths.map((path) => `'${path}'`).join(' -> ');
  return new Error(`${code}: ${reasonOf(error, code)}, ${call} ${where}`, { cause: error });
}

/** Also for what the guest itself has to do with: a file that does not fit into it. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function codeOf(error: unknown): string | undefined {
  if (error instanceof OutsideError || error instanceof FolderError) return 'EACCES';
  if (error instanceof WasiError)
    return error.errno === 'notcapable' ? 'EACCES' : `E${error.errno.toUpperCase()}`;
  const code = errorCode(error);
  return code?.startsWith('E') && !code.startsWith('ERR_') ? code : undefined;
}

function reasonOf(error: unknown, code: string): string {
  if (error instanceof OutsideError || error instanceof FolderError || error instanceof FileProblem) {
    return `${wordsOf(code)}: ${error.message}`;
  }
  if (error instanceof WasiError && error.errno === 'notcapable') {
    return `${wordsOf(code)}: it leads out of the folder`;
  }
  return wordsOf(code);
}

/** The system's own words. */
function wordsOf(code: string): string {
  for (const [name, words] of getSystemErrorMap().values()) if (name === code) return words;
  return 'it failed';
}
