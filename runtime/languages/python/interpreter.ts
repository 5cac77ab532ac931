import type { Interpreter } from '#runtime/languages/interpreter.ts';
import { compileRestorable, type RestorableModule } from '#runtime/wasi/compile.ts';
import { checkModule } from '#runtime/wasi/link.ts';

/** CPython has 13 MB of code, and builds with debug information twice that. */
const MAXIMUM_BYTES = 256 * 1024 * 1024;

const compiled = new Map<string, Promise<RestorableModule>>();

/**
 * The interpreter as a module whose memory is capped, compiled once per thread and cap.
 *
 * @throws ModuleError naming the file and the reason
 */
export function interpreterModule(
  { binary, name, version }: Interpreter,
  memory: number,
): Promise<RestorableModule> {
  const { sha256 } = binary;
  const key = `${sha256} ${memory}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const made = compileRestorable(binary.file, {
    name: `${name} ${version}`,
    size: MAXIMUM_BYTES,
    sha256,
    memory,
  }).then((result) => {
    checkModule(result.module, `${name} ${version}`, new Set());
    return result;
  });
  compiled.set(key, made);
  // Whoever asks next may have a better file.
  made.catch(() => compiled.delete(key));
  return made;
}
