import { isTable, type KeyPath, type Table, TomlReader } from './toml-reader.ts';

/** What `.wws.toml` says (wws §6.1): language runtimes, by the repository they come from. */
export interface ProjectMetadata {
  readonly repositories: readonly Repository[];
}

export const NO_METADATA: ProjectMetadata = { repositories: [] };

export interface Repository {
  readonly name: string;
  /** Of its index. */
  readonly url: string;
  readonly runtimes: readonly Runtime[];
}

export interface Runtime {
  readonly name: string;
  readonly version: string;
  readonly tags: readonly string[];
  readonly status: (typeof STATUSES)[number];
  /** Without a dot. */
  readonly extensions: readonly string[];
  readonly args: readonly string[];
  readonly envs: Readonly<Record<string, string>>;
  readonly binary: RuntimeFile;
  readonly polyfill: RuntimeFile | undefined;
  readonly wrapper: RuntimeFile | undefined;
  readonly template: RuntimeFile | undefined;
  /** What wws did not have: more files that the binary opens, such as a standard library. */
  readonly library: readonly RuntimeFile[];
}

export interface RuntimeFile {
  readonly url: string;
  /** For a file of the library: where the guest finds it, as an absolute path. */
  readonly filename: string;
  /** SHA-256, hexadecimal in small letters. */
  readonly sha256: string;
}

const STATUSES = ['active', 'yanked', 'deprecated', 'unknown'] as const;

/** The form of this file and of an index. */
const VERSION = 1;

/**
 * A repository is somebody else's: its names become names of directories and files, so they are letters, digits
 * and a few signs, and none begins with a dot.
 */
const NAME = /^[A-Za-z0-9][\w.+-]{0,99}$/;

/** Of a guest's path each component is such a name, too, but may begin with "_" (`__init__.py`). */
const GUEST_PATH = /^(\/[A-Za-z0-9_][\w.+-]{0,99}){2,16}$/;

/** Reads `.wws.toml`. Rejects with WorkerConfigError: `file:line:column: reason`. */
export async function parseMetadata(text: string, file: string): Promise<ProjectMetadata> {
  const reader = new TomlReader(text, file);
  const document = await versioned(reader);
  const repositories = tables(reader, document, ['repositories']).map((table, index): Repository => {
    const at = ['repositories', index];
    return {
      name: nameOf(reader, table, [...at, 'name']),
      url: required(reader, table, [...at, 'url']),
      runtimes: tables(reader, table, [...at, 'runtimes']).map((runtime, number) =>
        parseRuntime(reader, runtime, [...at, 'runtimes', number]),
      ),
    };
  });
  return { repositories };
}

/** Reads the index of a repository. Rejects as `parseMetadata` does. */
export async function parseIndex(text: string, url: string): Promise<readonly Runtime[]> {
  const reader = new TomlReader(text, url);
  const document = await versioned(reader);
  return tables(reader, document, ['runtimes']).map((table, index) =>
    parseRuntime(reader, table, ['runtimes', index]),
  );
}

async function versioned(reader: TomlReader): Promise<Table> {
  const document = await reader.document();
  const version = document['version'];
  if (version !== VERSION)
    throw reader.error(
      version === undefined ? [] : ['version'],
      `"version" must be ${VERSION}, not ${JSON.stringify(version) ?? 'nothing'}`,
    );
  return document;
}

function parseRuntime(reader: TomlReader, table: Table, at: KeyPath): Runtime {
  const status = required(reader, table, [...at, 'status']);
  if (!isStatus(status))
    throw reader.error([...at, 'status'], `"status" must be ${STATUSES.join(', ')}, not "${status}"`);
  const binary = fileOf(reader, table, [...at, 'binary']);
  if (binary === undefined) throw reader.error(at, 'Missing "binary" of a runtime');
  return {
    name: nameOf(reader, table, [...at, 'name']),
    version: nameOf(reader, table, [...at, 'version']),
    tags: reader.strings(table, [...at, 'tags']) ?? [],
    status,
    extensions: list(reader, table, [...at, 'extensions']),
    args: list(reader, table, [...at, 'args']),
    envs: variables(reader, table, [...at, 'envs']),
    binary,
    polyfill: fileOf(reader, table, [...at, 'polyfill']),
    wrapper: fileOf(reader, table, [...at, 'wrapper']),
    template: fileOf(reader, table, [...at, 'template']),
    library:
      table['library'] === undefined
        ? []
        : tables(reader, table, [...at, 'library']).map((file, index) =>
            checkedFile(reader, file, [...at, 'library', index], guestPathOf),
          ),
  };
}

function isStatus(text: string): text is Runtime['status'] {
  return (STATUSES as readonly string[]).includes(text);
}

function fileOf(reader: TomlReader, parent: Table, at: KeyPath): RuntimeFile | undefined {
  if (parent[String(at.at(-1))] === undefined) return undefined;
  return checkedFile(reader, reader.table(parent, at), at, nameOf);
}

function checkedFile(reader: TomlReader, table: Table, at: KeyPath, named: typeof nameOf): RuntimeFile {
  const checksum = reader.table(table, [...at, 'checksum']);
  const type = required(reader, checksum, [...at, 'checksum', 'type']);
  const sha256 = required(reader, checksum, [...at, 'checksum', 'value']);
  if (type !== 'sha256' || !/^[\da-f]{64}$/.test(sha256))
    throw reader.error([...at, 'checksum'], 'A checksum is of type "sha256", with 64 hexadecimal digits');
  return {
    url: required(reader, table, [...at, 'url']),
    filename: named(reader, table, [...at, 'filename']),
    sha256,
  };
}

function tables(reader: TomlReader, parent: Table, at: KeyPath): readonly Table[] {
  const key = String(at.at(-1));
  const list = parent[key];
  if (!Array.isArray(list)) throw reader.wrong(at, `a list of tables, [[${key}]]`, list);
  return list.map((entry: unknown) => {
    if (!isTable(entry)) throw reader.wrong(at, `a list of tables, [[${key}]]`, entry);
    return entry;
  });
}

function required(reader: TomlReader, table: Table, at: KeyPath): string {
  const value = reader.string(table, at);
  if (value === undefined || value === '') throw reader.error(at, `Missing "${at.at(-1)}"`);
  return value;
}

function nameOf(reader: TomlReader, table: Table, at: KeyPath): string {
  const name = required(reader, table, at);
  if (NAME.test(name)) return name;
  throw reader.error(
    at,
    `${JSON.stringify(name)} cannot be a name: letters, digits and ".", "_", "-", "+" can`,
  );
}

function guestPathOf(reader: TomlReader, table: Table, at: KeyPath): string {
  const place = required(reader, table, at);
  if (GUEST_PATH.test(place)) return place;
  throw reader.error(at, `${JSON.stringify(place)} cannot be a path: "/usr/lib/name" could`);
}

function list(reader: TomlReader, table: Table, at: KeyPath): readonly string[] {
  const value = reader.strings(table, at);
  if (value === undefined) throw reader.error(at, `Missing "${at.at(-1)}"`);
  return value;
}

function variables(reader: TomlReader, parent: Table, at: KeyPath): Readonly<Record<string, string>> {
  const table = reader.table(parent, at);
  return Object.fromEntries(Object.keys(table).map((key) => [key, required(reader, table, [...at, key])]));
}

/** The text of `.wws.toml`. Comments of an earlier one are lost. */
export async function formatMetadata({ repositories }: ProjectMetadata): Promise<string> {
  const { stringify } = await import('smol-toml');
  const file = (value: RuntimeFile | undefined): object | undefined =>
    value && { url: value.url, filename: value.filename, checksum: { type: 'sha256', value: value.sha256 } };
  const document = {
    version: VERSION,
    repositories: repositories.map(({ name, url, runtimes }) => ({
      name,
      url,
      runtimes: runtimes.map(({ binary, polyfill, wrapper, template, library, ...plain }) => ({
        ...plain,
        binary: file(binary),
        polyfill: file(polyfill),
        wrapper: file(wrapper),
        template: file(template),
        ...(library.length === 0 ? {} : { library: library.map(file) }),
      })),
    })),
  };
  return `${stringify(JSON.parse(JSON.stringify(document)))}\n`;
}

/** All files of a runtime. */
export function filesOf({ binary, polyfill, wrapper, template, library }: Runtime): readonly RuntimeFile[] {
  return [binary, polyfill, wrapper, template, ...library].filter((file) => file !== undefined);
}

/** Below this, in the directory of a runtime, lies its library as the guest sees it. */
export const LIBRARY_DIRECTORY = 'library';

/** Where a file lies in the directory of its runtime. */
export function placeOf({ filename }: RuntimeFile): string {
  return filename.startsWith('/') ? `${LIBRARY_DIRECTORY}${filename}` : filename;
}
