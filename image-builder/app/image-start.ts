import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { KNOWN_LANGUAGES } from '#runtime/project/languages.ts';
import { resolveInRoot } from '#runtime/project/resolve-in-root.ts';
import { containerSettings } from '#runtime/serve-args.ts';
import { reasonOf, systemCode } from '../errors.ts';
import type { ContainerConfig } from '../image/config.ts';

/** What a container of an image does, as far as the image says. */
export type ImageStart =
  | {
      readonly kind: 'project';
      readonly words: readonly string[];
      /** Where the project is in the unpacked image. */
      readonly directory: string;
      readonly prefix: string;
      readonly ignore: readonly string[];
    }
  | { readonly kind: 'command'; readonly words: readonly string[] }
  | { readonly kind: 'nothing'; readonly words: readonly string[]; readonly problem: string };

/** A core module of version 1, hexadecimal (core spec 5.5.16). */
const MODULE_MAGIC = '0061736d01000000';

/**
 * Finds out what a container of the image would start (runtime-spec config.md#process), as the shim does: by its
 * bytes, where it is no directory and no worker. `root`: its files.
 */
export async function imageStart(config: ContainerConfig, root: string): Promise<ImageStart> {
  const { Entrypoint = [], Cmd = [], Env = [], WorkingDir = '/' } = config;
  const words = [...Entrypoint, ...Cmd];
  const [program, ...args] = words;
  if (!program) return { kind: 'nothing', words, problem: 'it names no entrypoint' };
  const name = path.posix.resolve('/', WorkingDir, program);
  try {
    const found = await resolveInRoot(root, name);
    const isDirectory = (await stat(found)).isDirectory();
    if (!isDirectory && !isWorker(name)) {
      if (await isModule(found)) return { kind: 'command', words };
      const problem = `its entrypoint "${name}" is neither a module, nor a worker, nor a directory of workers`;
      return { kind: 'nothing', words, problem };
    }
    const { prefix, ignore } = containerSettings(args, environmentOf(Env), {}).serve;
    // A worker's file is a route among those of the whole image.
    return { kind: 'project', words, directory: isDirectory ? found : root, prefix, ignore };
  } catch (error) {
    const problem =
      systemCode(error) === 'ENOENT' ? `its entrypoint "${name}" is not in it` : reasonOf(error);
    return { kind: 'nothing', words, problem };
  }
}

function isWorker(name: string): boolean {
  const extension = path.posix.extname(name);
  return extension !== '.wasm' && KNOWN_LANGUAGES.has(extension);
}

async function isModule(file: string): Promise<boolean> {
  await using handle = await open(file);
  const start = Buffer.alloc(MODULE_MAGIC.length / 2);
  await handle.read(start, 0, start.length, 0);
  return start.toString('hex') === MODULE_MAGIC;
}

function environmentOf(variables: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    variables.map((variable) => {
      const [name = '', ...value] = variable.split('=');
      return [name, value.join('=')];
    }),
  );
}
