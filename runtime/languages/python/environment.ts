import type { InterpretedSpec } from '#runtime/languages/interpreted/interpreted-spec.ts';
import type { WasiOptions } from '#runtime/wasi/host.ts';
import { readPrelude } from './prelude-files.ts';

/** What the interpreter is started with; the worker's other variables are set once it stands. */
export async function startOptions(
  { interpreter, vars, folders, limits }: InterpretedSpec,
  witness: WasiOptions['witness'],
): Promise<WasiOptions> {
  const { boot, modules } = await readPrelude();
  const own = Object.entries(vars).filter(([name]) => isForInterpreter(name));
  return {
    args: ['python', '-c', boot, ...modules.flat()],
    env: Object.entries({ ...interpreter.envs, ...Object.fromEntries(own) }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    preopens: [...interpreter.library.folders, ...folders],
    descriptors: limits.files,
    ...(witness === undefined ? {} : { witness }),
  };
}

/** `PYTHONPATH` leads to modules of the worker: nothing may be found there before it is its turn. */
function isForInterpreter(name: string): boolean {
  return name.startsWith('PYTHON') && name !== 'PYTHONPATH';
}
