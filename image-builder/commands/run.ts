import { mkdtempDisposable, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findEntrypoint } from '../app/entrypoint-kind.ts';
import { ImageError, reasonOf, systemCode } from '../errors.ts';
import type { ContainerConfig } from '../image/config.ts';
import type { Terminal } from '../output/terminal.ts';
import { readArchive } from '../store/read-archive.ts';
import { unpackImage } from '../store/unpack-image.ts';
import { runProgram } from './run-program.ts';
import { type Program, wwsProgram } from './wws-program.ts';

/** The flags of `wasm-image run` as the command line gives them. */
export interface RunFlags {
  /** Port a project is served on. */
  readonly port?: string;
}

interface Context {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** What runs the app; the runtime that came with this program unless a test says otherwise. */
  readonly program?: Program;
}

/**
 * `wasm-image run`: serves an app's directory, or an image's archive, with the worker runtime and no container.
 * @param args what follows `--`, in place of the image's `Cmd`
 * @returns the exit code of the runtime
 */
export async function run(
  what: string,
  args: readonly string[],
  { port }: RunFlags,
  { terminal, signal, program }: Context,
): Promise<number> {
  const wws = program ?? (await wwsProgram());
  const flags = port === undefined ? [] : ['--port', checkedPort(port)];
  if (await isDirectory(what)) return await runProgram(wws, [...flags, what, ...args]);

  terminal.progress(`read    ${what}`);
  const image = await readArchive(what, signal);
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'wasm-image-'));
  terminal.progress(`unpack  ${what}`);
  await unpackImage(image, { directory: directory.path, signal });
  const start = await startOf(what, image.config.config, directory.path);
  terminal.note(`run     ${what}  ${start.entrypoint}`);
  if (start.isCommand) {
    if (port !== undefined)
      throw new ImageError('usage', `Cannot serve "${what}" on a port: it is a command`);
    return await runProgram(wws, [...start.flags, start.place, ...(args.length > 0 ? args : start.words)]);
  }
  // Behind the image's own words: those must not make it listen where the user did not ask for it.
  const words = args.length > 0 ? args : [...start.words, '--host', LOOPBACK];
  return await runProgram(wws, [start.place, ...words, ...flags]);
}

const LOOPBACK = '127.0.0.1';

interface Start {
  /** As a container would see it. */
  readonly entrypoint: string;
  /** Where that is now. */
  readonly place: string;
  readonly isCommand: boolean;
  /** Options of the runtime that give a command what it has in a container. */
  readonly flags: readonly string[];
  /** The image's own arguments. */
  readonly words: readonly string[];
}

/** What a container of the image would start (runtime-spec config.md#process), in the directory it is unpacked to. */
async function startOf(what: string, config: ContainerConfig, root: string): Promise<Start> {
  const { Entrypoint = [], Cmd = [], Env = [], WorkingDir = '/' } = config;
  const [program, ...words] = [...Entrypoint, ...Cmd];
  if (!program) throw new ImageError('not-an-image', `Cannot run "${what}": it names no entrypoint`);
  const entrypoint = path.posix.resolve('/', WorkingDir, program);
  const { kind, place } = await findEntrypoint(root, entrypoint).catch((error: unknown) => {
    const why = systemCode(error) === 'ENOENT' ? 'is not in it' : `cannot be used: ${reasonOf(error)}`;
    throw new ImageError('not-found', `Cannot run "${what}": its entrypoint "${entrypoint}" ${why}`, {
      cause: error,
    });
  });
  if (kind === 'unfit') {
    const why = 'is neither a module, nor a worker, nor a directory of workers';
    throw new ImageError('wrong-platform', `Cannot run "${what}": its entrypoint "${entrypoint}" ${why}`);
  }
  const isCommand = kind === 'module';
  // What configures the runtime is for the user to say, never for an image.
  const variables = Env.filter((variable) => /^[^=]+=/.test(variable) && !variable.startsWith('WWS_'));
  const flags = ['--dir', `${root}::/`, ...variables.flatMap((variable) => ['--env', variable])];
  // As in a container, a worker's file is a route among those of the whole image.
  const served = kind === 'worker' ? root : place;
  return { entrypoint, place: isCommand ? place : served, isCommand, flags, words };
}

async function isDirectory(what: string): Promise<boolean> {
  try {
    const status = await stat(what);
    if (status.isDirectory()) return true;
    if (status.isFile()) return false;
  } catch (error) {
    const why = systemCode(error) === 'ENOENT' ? 'no such file or directory' : reasonOf(error);
    throw new ImageError('not-found', `Cannot run "${what}": ${why}`, { cause: error });
  }
  throw new ImageError('not-found', `Cannot run "${what}": neither a directory nor an archive`);
}

function checkedPort(text: string): string {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return text;
  throw new ImageError('usage', `Cannot serve on port "${text}": it is not a number from 0 to 65535`);
}
