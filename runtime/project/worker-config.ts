import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { systemReason } from '#runtime/system-reason.ts';
import { locateKey, type Position } from './toml-position.ts';

/** `<worker>.toml` beside a worker (wws "Worker configuration"). */
export interface WorkerConfig {
  readonly name: string | undefined;
  readonly vars: Readonly<Record<string, string>>;
  readonly folders: readonly FolderConfig[];
  /** Keys that were read and have no effect, one line each. */
  readonly warnings: readonly string[];
}

export interface FolderConfig {
  /** As written: relative to the worker's directory, a leading `/` has no meaning. */
  readonly from: string;
  readonly to: string;
}

export const NO_CONFIG: WorkerConfig = { name: undefined, vars: {}, folders: [], warnings: [] };

export interface ConfigFile {
  /** Absolute. */
  readonly file: string;
  /** As shown to people: the path below the project's root. */
  readonly name: string;
}

/** A configuration that cannot be used; the message starts with `file:line:column`. */
export class WorkerConfigError extends Error {
  override readonly name = 'WorkerConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads and checks a file. Rejects with WorkerConfigError: half a configuration is never applied. */
export async function loadWorkerConfig(
  file: ConfigFile,
  environment: Environment,
  maxBytes: number,
): Promise<WorkerConfig> {
  return await parseWorkerConfig(await readSmallFile(file, maxBytes), file.name, environment);
}

/** O_NONBLOCK: a fifo in this place must not hold up the start. */
async function readSmallFile({ file, name }: ConfigFile, maxBytes: number): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw new WorkerConfigError(`${name}: cannot be read: ${systemReason(error)}`, { cause: error });
  });
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new WorkerConfigError(`${name}: is no regular file`);
    if (status.size > maxBytes) throw new WorkerConfigError(`${name}: is larger than ${maxBytes} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** `file` is what messages call it. */
export async function parseWorkerConfig(
  text: string,
  file: string,
  environment: Environment,
): Promise<WorkerConfig> {
  const reader = new Reader(text, file);
  const document = await reader.document();
  const version = document['version'];
  if (version === undefined) throw reader.error([], 'Missing "version": write version = "1"');
  if (typeof version !== 'string') throw reader.wrong(['version'], 'a string such as "1"', version);
  return {
    name: reader.string(document, ['name']),
    vars: readVars(reader, document['vars'], environment),
    folders: readFolders(reader, document['folders']),
    warnings: reader.warnings(document),
  };
}

/** A value that starts with `$` and holds no space is the name of a variable; unset ones are empty. */
function readVars(
  reader: Reader,
  table: unknown,
  environment: Environment,
): Readonly<Record<string, string>> {
  if (table === undefined) return {};
  if (!isTable(table)) throw reader.wrong(['vars'], 'a table', table);
  const vars: [string, string][] = [];
  for (const [key, value] of Object.entries(table)) {
    const at = ['vars', key];
    if (typeof value !== 'string') throw reader.wrong(at, 'a string', value);
    if (key === '' || /[=\0]/.test(key)) throw reader.error(at, `"${key}" cannot be the name of a variable`);
    if (value.includes('\0')) throw reader.error(at, `The value of "${key}" holds a NUL`);
    vars.push([key, interpolate(value, environment)]);
  }
  return Object.fromEntries(vars);
}

/** `WWS_*` is for the runtime and never reaches a guest. */
function interpolate(value: string, environment: Environment): string {
  if (!value.startsWith('$') || value.includes(' ')) return value;
  const name = value.slice(1);
  return name.startsWith('WWS_') ? '' : (environment[name] ?? '');
}

function readFolders(reader: Reader, list: unknown): readonly FolderConfig[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw reader.wrong(['folders'], 'a list of tables, [[folders]]', list);
  return list.map((entry: unknown, index) => {
    if (!isTable(entry)) throw reader.wrong(['folders'], 'a list of tables, [[folders]]', entry);
    const to = reader.string(entry, ['folders', index, 'to']);
    if (to === undefined || to === '') throw reader.error(['folders', index], 'Missing "to" of a folder');
    const from = reader.string(entry, ['folders', index, 'from']) ?? '';
    if (/\0/.test(from + to)) throw reader.error(['folders', index], 'A path of a folder holds a NUL');
    return { from, to };
  });
}

const KNOWN_KEYS: ReadonlySet<string> = new Set(['name', 'version', 'vars', 'folders']);
const KEYS_WITHOUT_EFFECT: ReadonlySet<string> = new Set(['data', 'features']);

type Table = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Reads values and knows where in the text each one stands. */
class Reader {
  readonly #text: string;
  readonly #file: string;

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

  string(table: Table, at: readonly (string | number)[]): string | undefined {
    const value = table[String(at.at(-1))];
    if (value !== undefined && typeof value !== 'string') throw this.wrong(at, 'a string', value);
    return value;
  }

  warnings(document: Table): readonly string[] {
    return Object.keys(document)
      .filter((key) => !KNOWN_KEYS.has(key))
      .map((key) => {
        const { line, column } = locateKey(this.#text, [key]);
        const what = KEYS_WITHOUT_EFFECT.has(key) ? 'has no effect yet' : 'is no known key';
        return `${this.#file}:${line}:${column}: "${key}" ${what}`;
      });
  }

  wrong(at: readonly (string | number)[], wanted: string, value: unknown): WorkerConfigError {
    return this.error(
      at,
      `"${at.filter((key) => typeof key === 'string').join('.')}" must be ${wanted}, not ${kindOf(value)}`,
    );
  }

  error(at: readonly (string | number)[], reason: string): WorkerConfigError {
    return this.#errorAt(locateKey(this.#text, at), reason);
  }

  #errorAt({ line, column }: Position, reason: string): WorkerConfigError {
    return new WorkerConfigError(`${this.#file}:${line}:${column}: ${reason}`);
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Date) return 'a date';
  return typeof value === 'object' ? 'a table' : `a ${typeof value}`;
}
