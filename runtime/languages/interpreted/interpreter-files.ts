import path from 'node:path';
import type { InterpreterFile, InterpreterLibrary } from '#runtime/languages/interpreter.ts';
import { readRegularFile } from '#runtime/wasi/read-file.ts';

/** Of one file of an interpreter; they have some tens of megabytes. */
export const MAXIMUM_BYTES: number = 256 * 1024 ** 2;

/** Bytes of a file, which are what they must be. @throws ModuleError */
export async function readInterpreterFile({ file, sha256 }: InterpreterFile): Promise<Buffer> {
  return await readRegularFile(file, { name: path.basename(file), size: MAXIMUM_BYTES, sha256 });
}

/** Looks at every file that the guest opens by itself. @throws ModuleError */
export async function checkLibrary({ files }: InterpreterLibrary): Promise<void> {
  for (const file of files) await readInterpreterFile(file);
}
