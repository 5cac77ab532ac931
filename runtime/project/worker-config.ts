import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type HttpPolicy, NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import { systemReason } from '#runtime/system-reason.ts';
import type { WorkerLimits } from '#runtime/worker-limits.ts';
import { readBinaryBodies } from './features-config.ts';
import { readHttpPolicy } from './http-config.ts';
import { type KvConfig, readKvConfig } from './kv-config.ts';
import { readLimits } from './limits-config.ts';
import { isTable, TomlReader, WorkerConfigError } from './toml-reader.ts';

export { WorkerConfigError } from './toml-reader.ts';

/** `<worker>.toml` beside a worker (wws "Worker configuration"). */
export interface WorkerConfig {
  readonly name: string | undefined;
  readonly vars: Readonly<Record<string, string>>;
  readonly folders: readonly FolderConfig[];
  readonly http: HttpPolicy;
  /** Request bodies that are no UTF-8 are handed over as base64. */
  readonly binaryBodies: boolean;
  /** Whether requests may begin with the state that the worker had once it was loaded. */
  readonly snapshot: boolean;
  /** Undefined: no store. */
  readonly kv: KvConfig | undefined;
  /** As written, whether or not it may have that much. */
  readonly limits: Partial<WorkerLimits>;
  /** Keys that have no effect, one line each. */
  readonly warnings: readonly string[];
}

export interface FolderConfig {
  /** As written: relative to the worker's directory, a leading `/` has no meaning. */
  readonly from: string;
  readonly to: string;
}

export const NO_CONFIG: WorkerConfig = {
  name: undefined,
  vars: {},
  folders: [],
  http: NO_REQUESTS,
  binaryBodies: false,
  snapshot: true,
  kv: undefined,
  limits: {},
  warnings: [],
};

export interface ConfigFile {
  /** Absolute. */
  readonly file: string;
  /** As shown to people: the path below the project's root. */
  readonly name: string;
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
  const reader = new TomlReader(text, file);
  const document = await reader.document();
  const version = document['version'];
  if (version === undefined) throw reader.error([], 'Missing "version": write version = "1"');
  if (typeof version !== 'string') throw reader.wrong(['version'], 'a string such as "1"', version);
  reader.expectKeys(
    document,
    [],
    ['name', 'version', 'vars', 'folders', 'data', 'features', 'limits', 'snapshot'],
  );
  const config = {
    name: reader.string(document, ['name']),
    vars: readVars(reader, document['vars'], environment),
    folders: readFolders(reader, document['folders']),
    http: readHttpPolicy(reader, document),
    binaryBodies: readBinaryBodies(reader, document),
    snapshot: reader.boolean(document, ['snapshot']) ?? true,
    kv: readKvConfig(reader, document),
    limits: readLimits(reader, document),
  };
  return { ...config, warnings: reader.notes };
}

/** A value that starts with `$` and holds no space is the name of a variable; unset ones are empty. */
function readVars(
  reader: TomlReader,
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

function readFolders(reader: TomlReader, list: unknown): readonly FolderConfig[] {
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
