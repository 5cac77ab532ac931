/**
 * The folders that a worker's configuration grants, by the names and with the errors of Node (nodejs.org/api/fs.html).
 * Each call is done when it returns, those of `fs-promises.js` too: the disk is near.
 */
import { file } from './host.js';
import { bytesOf, utf8Text } from './text-encoding.js';
import { URL } from './url.js';

export const constants = Object.freeze({ F_OK: 0, X_OK: 1, W_OK: 2, R_OK: 4 });

/** Asks the host, and gives its error the fields that Node's have. */
function call(operation, path, ...args) {
  try {
    return file(operation, path, ...args);
  } catch (cause) {
    const [, code, syscall] = /^(E[A-Z0-9]+): .*, ([a-z]+) '/s.exec(cause.message) ?? [];
    if (code === undefined) throw cause;
    throw Object.assign(new Error(cause.message), { code, syscall, path });
  }
}

function argumentError(message) {
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

function pathOf(path) {
  if (typeof path === 'string') return path.toWellFormed();
  if (path instanceof URL && path.protocol === 'file:') return decodeURIComponent(path.pathname);
  throw argumentError('Expected a path: a string or a file: URL');
}

/** The encoding in the options of a call: undefined for bytes, or utf8, which is the only one. */
function encodingOf(options) {
  const encoding = typeof options === 'string' ? options : options?.encoding;
  if (encoding === undefined || encoding === null || encoding === 'buffer') return undefined;
  if (/^utf-?8$/i.test(encoding)) return 'utf8';
  throw Object.assign(new TypeError(`Unknown encoding: ${encoding} (files are read as bytes or as utf8)`), {
    code: 'ERR_UNKNOWN_ENCODING',
  });
}

class Stats {
  #type;

  constructor({ type, writable, ...facts }) {
    this.#type = type;
    const kinds = { file: 0o100000, directory: 0o040000, link: 0o120000 };
    const mode = (kinds[type] ?? 0) | (type === 'directory' ? 0o555 : 0o444) | (writable ? 0o222 : 0);
    Object.assign(this, { mode, ...facts });
  }

  isFile() {
    return this.#type === 'file';
  }

  isDirectory() {
    return this.#type === 'directory';
  }

  isSymbolicLink() {
    return this.#type === 'link';
  }

  get atime() {
    return new Date(this.atimeMs);
  }

  get mtime() {
    return new Date(this.mtimeMs);
  }

  get ctime() {
    return new Date(this.ctimeMs);
  }
}

class Dirent {
  #type;

  constructor(name, parentPath, type) {
    this.name = name;
    this.parentPath = parentPath;
    this.#type = type;
  }

  isFile() {
    return this.#type === 'file';
  }

  isDirectory() {
    return this.#type === 'directory';
  }

  isSymbolicLink() {
    return this.#type === 'link';
  }
}

/** Bytes that convert to their text, as those of Node do: `JSON.parse(await readFile(…))` is written everywhere. */
function withText(bytes) {
  return Object.defineProperty(bytes, 'toString', { value: () => utf8Text(bytes), configurable: true });
}

export function readFileSync(path, options) {
  if (encodingOf(options) !== undefined) return call('read', pathOf(path));
  return withText(call('open', pathOf(path)));
}

export function writeFileSync(path, data, options) {
  encodingOf(options);
  const content = typeof data === 'string' ? data.toWellFormed() : bytesOf(data);
  if (content === undefined)
    throw argumentError('Expected a string, an ArrayBuffer or a view of one to write');
  call('write', pathOf(path), String(options?.flag ?? 'w'), content);
}

export function appendFileSync(path, data, options) {
  writeFileSync(path, data, {
    ...(typeof options === 'string' ? { encoding: options } : options),
    flag: 'a',
  });
}

export function readdirSync(path, options) {
  const parent = pathOf(path);
  const entries = JSON.parse(call('scandir', parent));
  return options?.withFileTypes
    ? entries.map(([name, type]) => new Dirent(name, parent, type))
    : entries.map(([name]) => name);
}

export function statSync(path, options) {
  try {
    return new Stats(JSON.parse(call('stat', pathOf(path))));
  } catch (error) {
    if (options?.throwIfNoEntry === false && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

export function lstatSync(path) {
  return new Stats(JSON.parse(call('lstat', pathOf(path))));
}

export function existsSync(path) {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}

export function accessSync(path, mode = constants.F_OK) {
  const { writable } = JSON.parse(call('stat', pathOf(path)));
  if ((mode & constants.W_OK) === 0 || writable) return;
  const message = `EROFS: read-only file system, access '${pathOf(path)}'`;
  throw Object.assign(new Error(message), { code: 'EROFS', syscall: 'access', path: pathOf(path) });
}

/** With `recursive`, the first directory that it made, if any. */
export function mkdirSync(path, options) {
  const name = pathOf(path);
  if (!options?.recursive) {
    call('mkdir', name);
    return undefined;
  }
  try {
    call('mkdir', name);
    return name;
  } catch (error) {
    if (error.code === 'EEXIST' && existsSync(name) && statSync(name).isDirectory()) return undefined;
    const parent = name.replace(/\/+[^/]*\/*$/, '');
    if (error.code !== 'ENOENT' || parent === '' || parent === name) throw error;
    const first = mkdirSync(parent, options);
    call('mkdir', name);
    return first ?? name;
  }
}

export function rmdirSync(path) {
  call('rmdir', pathOf(path));
}

export function unlinkSync(path) {
  call('unlink', pathOf(path));
}

export function rmSync(path, options) {
  const name = pathOf(path);
  try {
    if (!lstatSync(name).isDirectory()) return call('unlink', name);
    if (!options?.recursive) {
      const message = `Path is a directory: rm returned EISDIR (is a directory) ${name}`;
      throw Object.assign(new Error(message), { code: 'ERR_FS_EISDIR', syscall: 'rm', path: name });
    }
    for (const entry of readdirSync(name)) rmSync(`${name}/${entry}`, options);
    call('rmdir', name);
  } catch (error) {
    if (!options?.force || error.code !== 'ENOENT') throw error;
  }
}

export function renameSync(from, to) {
  call('rename', pathOf(from), pathOf(to));
}

export function copyFileSync(from, to) {
  writeFileSync(to, call('open', pathOf(from)));
}
