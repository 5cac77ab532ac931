import { locateKey, type Position } from './toml-position.ts';

/** A configuration that cannot be used; the message starts with `file:line:column`. */
export class WorkerConfigError extends Error {
  override readonly name = 'WorkerConfigError';
}

export type Table = Readonly<Record<string, unknown>>;

/** Keys from the outside in; a number picks an entry of an array of tables. */
export type KeyPath = readonly (string | number)[];

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Reads values and knows where in the text each one stands. */
export class TomlReader {
  readonly #text: string;
  readonly #file: string;
  readonly #notes: string[] = [];

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
  }

  async document(): Promise<Table> {
    // Only projects with a configuration pay for the parser.
    const { parse, TomlError } = await import('smol-toml');
    try {
      return parse(this.#text);
    } catch (error) {
      if (!(error instanceof TomlError)) throw error;
      const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '');
      throw this.#errorAt({ line: error.line, column: error.column }, `Invalid TOML: ${reason}`);
    }
  }

  string(table: Table, at: KeyPath): string | undefined {
    const value = table[String(at.at(-1))];
    if (value !== undefined && typeof value !== 'string') throw this.wrong(at, 'a string', value);
    return value;
  }

  boolean(table: Table, at: KeyPath): boolean | undefined {
    const value = table[String(at.at(-1))];
    if (value !== undefined && typeof value !== 'boolean') throw this.wrong(at, 'true or false', value);
    return value;
  }

  strings(table: Table, at: KeyPath): readonly string[] | undefined {
    const value = table[String(at.at(-1))];
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.wrong(at, 'a list of strings', value);
    return value.map((entry: unknown) => {
      if (typeof entry !== 'string') throw this.wrong(at, 'a list of strings', [entry]);
      return entry;
    });
  }

  /** An absent table is an empty one. */
  table(table: Table, at: KeyPath): Table {
    const value = table[String(at.at(-1))];
    if (value === undefined) return {};
    if (!isTable(value)) throw this.wrong(at, 'a table', value);
    return value;
  }

  /** A key that has no effect does no harm, but whoever wrote it should know: it is noted. */
  expectKeys(table: Table, at: KeyPath, known: readonly string[]): void {
    for (const key of Object.keys(table)) {
      if (known.includes(key)) continue;
      const path = [...at, key];
      const { line, column } = locateKey(this.#text, path);
      this.#notes.push(`${this.#file}:${line}:${column}: "${nameOf(path)}" is no known key`);
    }
  }

  /** What was noted, one line each. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  wrong(at: KeyPath, wanted: string, value: unknown): WorkerConfigError {
    return this.error(at, `"${nameOf(at)}" must be ${wanted}, not ${kindOf(value)}`);
  }

  error(at: KeyPath, reason: string): WorkerConfigError {
    return this.#errorAt(locateKey(this.#text, at), reason);
  }

  #errorAt({ line, column }: Position, reason: string): WorkerConfigError {
    return new WorkerConfigError(`${this.#file}:${line}:${column}: ${reason}`);
  }
}

function nameOf(at: KeyPath): string {
  return at.filter((key) => typeof key === 'string').join('.');
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a date';
  return typeof value === 'object' ? 'a table' : `a ${typeof value}`;
}
