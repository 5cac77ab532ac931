import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface CompileC {
  /** A source, without its extension. */
  readonly source: string;
  /** The directory the source is in; by default this one. */
  readonly from?: string;
  /** The directory that gets the module. */
  readonly into: string;
  readonly flags?: readonly string[];
}

/** Compiles a C source to a WASI module with Debian's clang and wasi-libc, and returns the module's path. */
export async function compileC({
  source,
  from = import.meta.dirname,
  into,
  flags = [],
}: CompileC): Promise<string> {
  const module = path.join(into, `${source}.wasm`);
  const file = path.join(from, `${source}.c`);
  await run('clang', ['--target=wasm32-wasi', '-O1', '-Wl,--strip-debug', ...flags, '-o', module, file]);
  return module;
}
