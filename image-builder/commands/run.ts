import { mkdtempDisposable, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unpackImage } from '../app/unpack-image.ts';
import { ImageError, reasonOf, systemCode } from '../errors.ts';
import type { ContainerConfig } from '../image/config.ts';
import type { Terminal } from '../output/terminal.ts';
import { readArchive } from '../store/read-archive.ts';
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
  const { entrypoint, words } = startOf(image.config.config, args);
  const place = path.join(directory.path, entrypoint);
  terminal.note(`run     ${what}  ${entrypoint}`);
  return await runProgram(wws, [...flags, place, ...words]);
}

/** What a container of the image would start, as runtime-spec config.md#process has it. */
function startOf(
  { Entrypoint = [], Cmd = [], WorkingDir = '/' }: ContainerConfig,
  args: readonly string[],
): { readonly entrypoint: string; readonly words: readonly string[] } {
  const [program, ...words] = [...Entrypoint, ...(args.length > 0 ? args : Cmd)];
  if (!program) throw new ImageError('not-an-image', 'Cannot run the image: it names no entrypoint');
  return { entrypoint: path.posix.resolve('/', WorkingDir, program), words };
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
