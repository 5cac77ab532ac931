import path from 'node:path';
import { containerSettings } from '#runtime/serve-args.ts';
import { reasonOf, systemCode } from '../errors.ts';
import type { ContainerConfig } from '../image/config.ts';
import { findEntrypoint } from './entrypoint-kind.ts';

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

/** Finds out what a container of the image would start (runtime-spec config.md#process). `root`: its files. */
export async function imageStart(config: ContainerConfig, root: string): Promise<ImageStart> {
  const { Entrypoint = [], Cmd = [], Env = [], WorkingDir = '/' } = config;
  const words = [...Entrypoint, ...Cmd];
  const [program, ...args] = words;
  if (!program) return { kind: 'nothing', words, problem: 'it names no entrypoint' };
  const name = path.posix.resolve('/', WorkingDir, program);
  try {
    const { kind, place } = await findEntrypoint(root, name);
    if (kind === 'module') return { kind: 'command', words };
    if (kind === 'unfit') {
      const problem = `its entrypoint "${name}" is neither a module, nor a worker, nor a directory of workers`;
      return { kind: 'nothing', words, problem };
    }
    const { prefix, ignore } = containerSettings(args, environmentOf(Env), {}).serve;
    // A worker's file is a route among those of the whole image.
    return { kind: 'project', words, directory: kind === 'worker' ? root : place, prefix, ignore };
  } catch (error) {
    const problem =
      systemCode(error) === 'ENOENT' ? `its entrypoint "${name}" is not in it` : reasonOf(error);
    return { kind: 'nothing', words, problem };
  }
}

function environmentOf(variables: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    variables.map((variable) => {
      const [name = '', ...value] = variable.split('=');
      return [name, value.join('=')];
    }),
  );
}
