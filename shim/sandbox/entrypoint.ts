import { fstatSync, readSync } from 'node:fs';
import path from 'node:path';
import type { Entrypoint } from '#runtime/contract.ts';
import { ShimError } from '../errors.ts';
import { pathInApp } from './app-path.ts';
import { release } from './descriptors.ts';
import { openReadableInRoot } from './open.ts';
import { failedWith, reasonOf } from './syscall.ts';

/** Files that are workers: naming one serves the project it belongs to. */
const WORKER_EXTENSIONS: readonly string[] = ['.js', '.mjs', '.ts', '.mts', '.py', '.rb'];

const MODULE_MAGIC = '0061736d01000000';
const COMPONENT_MAGIC = '0061736d0d000100';
const WASM_MAGIC = '0061736d';
const ELF_MAGIC = '7f454c46';
const SCRIPT_MAGIC = '2321';

/**
 * Decides by its bytes what the container's first argument is.
 *
 * @param app handle of the image's root, which bounds every path
 * @param cwd absolute path in the image that relative arguments start from
 * @throws ShimError invalid-argument in the words clients look for: "no such file or directory",
 *   "permission denied", "exec format error"
 */
export function identifyEntrypoint(app: number, cwd: string, argument: string): Entrypoint {
  const file = path.posix.resolve('/', cwd, argument);
  const fd = open(app, file, argument);
  try {
    const found = fstatSync(fd);
    if (found.isDirectory()) return { kind: 'project', path: pathInApp(app, fd) };
    if (!found.isFile()) throw formatError(argument, 'neither a regular file nor a directory');
    // As wws does: the file is a route among those of the whole image.
    if (WORKER_EXTENSIONS.includes(path.posix.extname(file))) return { kind: 'project', path: '.' };
    const start = Buffer.alloc(8);
    const length = readSync(fd, start, 0, start.length, 0);
    const reason = unfit(start.toString('hex', 0, length));
    if (reason !== undefined) throw formatError(argument, reason);
    return { kind: 'module', path: pathInApp(app, fd) };
  } finally {
    release(fd);
  }
}

/** Why a file that starts with `magic` (hexadecimal) cannot run, undefined when it can. */
function unfit(magic: string): string | undefined {
  if (magic === MODULE_MAGIC) return undefined;
  if (magic === COMPONENT_MAGIC) return 'WebAssembly components are not supported yet';
  if (magic.startsWith(WASM_MAGIC)) return 'an unknown version of WebAssembly';
  if (magic.startsWith(ELF_MAGIC)) return 'a Linux program, and Linux containers are not run here';
  if (magic.startsWith(SCRIPT_MAGIC)) return 'a script for Linux, and Linux containers are not run here';
  return 'neither WebAssembly, nor a worker, nor a directory of workers';
}

function open(app: number, file: string, argument: string): number {
  try {
    return openReadableInRoot(app, file);
  } catch (error) {
    const mark = file.lastIndexOf('#');
    if (failedWith(error, 'ENOENT') && mark > 0 && exists(app, file.slice(0, mark))) {
      throw formatError(argument, `naming an export ("${file.slice(mark)}") is not supported yet`);
    }
    // ENXIO: a socket. ENODEV, EACCES: a device, which the image's mount forbids.
    const reason = failedWith(error, 'ENXIO', 'ENODEV') ? 'permission denied' : plainReason(error);
    throw new ShimError('invalid-argument', `Cannot run "${argument}": ${reason}`, { cause: error });
  }
}

function plainReason(error: unknown): string {
  if (failedWith(error, 'ENOENT')) return 'no such file or directory';
  if (failedWith(error, 'ENOTDIR')) return 'not a directory';
  if (failedWith(error, 'EACCES', 'EPERM')) return 'permission denied';
  return reasonOf(error);
}

function exists(app: number, file: string): boolean {
  try {
    release(openReadableInRoot(app, file));
    return true;
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}

function formatError(argument: string, what: string): ShimError {
  return new ShimError('invalid-argument', `Cannot run "${argument}": exec format error: ${what}`);
}
