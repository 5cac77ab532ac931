import type { Interpreter } from '#runtime/languages/interpreter.ts';
import { compileRestorable, type RestorableModule, rewriteRestorable } from '#runtime/wasi/compile.ts';
import { checkModule } from '#runtime/wasi/link.ts';

/** CPython has 13 MB of code, and builds with debug information twice that. */
const MAXIMUM_BYTES = 256 * 1024 * 1024;

interface Reading {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
  readonly memory: number;
}

function readingOf({ binary, name, version }: Interpreter, memory: number): Reading {
  return { name: `${name} ${version}`, size: MAXIMUM_BYTES, sha256: binary.sha256, memory };
}

/** What `interpreterModule` compiles; undefined where its state is out of reach. @throws ModuleError */
export async function interpreterBytes(
  interpreter: Interpreter,
  memory: number,
): ReturnType<typeof rewriteRestorable> {
  return await rewriteRestorable(interpreter.binary.file, readingOf(interpreter, memory));
}

const compiled = new Map<string, Promise<RestorableModule>>();

/**
 * The interpreter as a module whose memory is capped, compiled once per thread and cap.
 *
 * @throws ModuleError naming the file and the reason
 */
export function interpreterModule(interpreter: Interpreter, memory: number): Promise<RestorableModule> {
  const { binary } = interpreter;
  const key = `${binary.sha256} ${memory}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const reading = readingOf(interpreter, memory);
  const made = compileRestorable(binary.file, reading).then((result) => {
    checkModule(result.module, reading.name, new Set());
    return result;
  });
  compiled.set(key, made);
  // Whoever asks next may have a better file.
  made.catch(() => compiled.delete(key));
  return made;
}
