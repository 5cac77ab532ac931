import type { Preopen } from '#runtime/wasi/preopen.ts';

/** A file of an interpreter, and what its bytes must hash to. */
export interface InterpreterFile {
  /** Absolute path. */
  readonly file: string;
  /** SHA-256, hexadecimal in small letters. */
  readonly sha256: string;
}

/**
 * A language runtime that a project has installed (`.wws.toml`, wws §6.1), as a guest thread needs it to run a
 * worker of that language. Plain data: it crosses threads.
 */
export interface Interpreter {
  /** `python`, `ruby`, or whatever a repository calls it. */
  readonly name: string;
  readonly version: string;
  /** The interpreter itself, a core module. */
  readonly binary: InterpreterFile;
  /** What `binary` is started with. */
  readonly args: readonly string[];
  readonly envs: Readonly<Record<string, string>>;
  /** Mounted beside the worker, for its wrapper to import. */
  readonly polyfill: InterpreterFile | undefined;
  /** Text around the worker's source. */
  readonly wrapper: InterpreterFile | undefined;
  readonly library: InterpreterLibrary;
}

/** Further files that an interpreter opens, its standard library above all. */
export interface InterpreterLibrary {
  readonly files: readonly InterpreterFile[];
  /** Where `files` are found, read-only. */
  readonly folders: readonly Preopen[];
}
