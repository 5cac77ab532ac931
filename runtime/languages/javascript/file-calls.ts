import type { Engine } from './engine.ts';
import type { Box } from './engine-exports.ts';
import { fileError } from './file-error.ts';
import type { FileOperations } from './file-operations.ts';

type Call = (files: FileOperations, engine: Engine, path: string, args: readonly Box[]) => Box | undefined;

/** By the names that Node's errors have for them; arguments are a path and what is said here. */
const CALLS: Readonly<Record<string, Call>> = {
  /** `(path)`: bytes. */
  open: (files, engine, path) => engine.newBytes(files.read(path)),
  /** `(path)`: text. */
  read: (files, engine, path) => engine.newText(Buffer.from(files.read(path)).toString()),
  /** `(path, flag, data)`: data is a string or bytes. */
  write: (files, engine, path, [flag = 0, data = 0]) => {
    const bytes = engine.isText(data) ? Buffer.from(engine.text(data)) : engine.bytes(data);
    files.write(path, bytes, engine.text(flag));
    return undefined;
  },
  /** `(path)`: JSON of names and types. */
  scandir: (files, engine, path) => engine.newText(JSON.stringify(files.list(path))),
  /** `(path)`: JSON of `FileFacts`. */
  stat: (files, engine, path) => engine.newText(JSON.stringify(files.facts(path, true))),
  lstat: (files, engine, path) => engine.newText(JSON.stringify(files.facts(path, false))),
  mkdir: (files, _engine, path) => void files.makeDirectory(path),
  rmdir: (files, _engine, path) => void files.removeDirectory(path),
  unlink: (files, _engine, path) => void files.remove(path),
  /** `(path, path)` */
  rename: (files, engine, path, [to = 0]) => void files.rename(path, engine.text(to)),
};

/** Answers `file(operation, path, …)` of the prelude. */
export function callFile(
  files: FileOperations,
  engine: Engine,
  [name = 0, first = 0, ...args]: readonly Box[],
): Box | undefined {
  const operation = engine.text(name);
  const call = Object.hasOwn(CALLS, operation) ? CALLS[operation] : undefined;
  if (call === undefined) throw new Error(`Unknown operation "${operation}" on files`);
  const path = engine.text(first);
  try {
    return call(files, engine, path, args);
  } catch (error) {
    const paths = operation === 'rename' ? [path, engine.text(args[0] ?? 0)] : [path];
    throw fileError(error, operation === 'read' || operation === 'write' ? 'open' : operation, paths);
  }
}
