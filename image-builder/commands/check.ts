import { type AppCheck, checkApp } from '../app/check-app.ts';
import { ImageError } from '../errors.ts';
import { writesUnicode } from '../output/bar.ts';
import { shownJson } from '../output/shown-text.ts';
import type { Terminal } from '../output/terminal.ts';
import { checkText } from './check-text.ts';
import { counted } from './inspection-text.ts';

/** The flags of `wasm-image check` as the command line gives them. */
export interface CheckFlags {
  readonly strict?: boolean;
  readonly json?: boolean;
}

interface Context {
  readonly terminal: Terminal;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * `wasm-image check`: says whether an app would build and serve.
 * @throws {ImageError} `app-invalid` if not, after all is told
 */
export async function check(
  directory: string,
  { strict, json }: CheckFlags,
  { terminal, env, signal }: Context,
): Promise<void> {
  terminal.progress(`check   ${directory}`);
  const found = await checkApp(directory, signal);
  terminal.result(
    json ? shownJson(checkJson(found)) : checkText(directory, found, { isUnicode: writesUnicode(env) }),
  );
  const { problems, warnings } = found;
  const reasons = [
    ...(problems.length > 0 ? [counted(problems.length, 'problem')] : []),
    ...(strict && warnings.length > 0 ? [counted(warnings.length, 'warning')] : []),
  ];
  if (reasons.length > 0)
    throw new ImageError('app-invalid', `Cannot pass "${directory}": ${reasons.join(', ')}`);
}

function checkJson({ problems, warnings, routes, modules, secrets, leftOut, size }: AppCheck): object {
  return {
    ...{ ok: problems.length === 0, problems, warnings },
    ...{ routes: routes.served, shadowed: routes.shadowed, public: routes.hasPublic },
    modules: modules.map(({ worker, imports, missing, problem }) => ({ worker, imports, missing, problem })),
    ...{ secrets, leftOut, size },
  };
}
