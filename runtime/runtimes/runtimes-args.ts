import { parseOptions } from '#runtime/cli-parse.ts';

/** `wws runtimes …` (wws §6.3). */
export interface RuntimesArgs {
  readonly action: RuntimesAction;
  /** Directory of the project. */
  readonly project: string;
  readonly json: boolean;
  readonly repository: RepositoryArgs;
}

export type RuntimesAction =
  | { readonly verb: 'list' | 'check' }
  /** Without a runtime: all that `.wws.toml` names and is not there. */
  | { readonly verb: 'install'; readonly runtime: RuntimeName | undefined }
  | { readonly verb: 'uninstall'; readonly runtime: RuntimeName };

export interface RuntimeName {
  readonly name: string;
  /** When installing, a tag will do. */
  readonly version: string;
}

/** Where runtimes are installed from. */
export interface RepositoryArgs {
  readonly name: string;
  /** Undefined: nobody said; the one wws came with is gone. */
  readonly url: string | undefined;
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  'repo-name': { type: 'string' },
  'repo-url': { type: 'string' },
} as const;

const VERBS: readonly string[] = ['list', 'install', 'uninstall', 'check'];

/** What wws called the repository of its makers. */
const DEFAULT_NAME = 'wasmlabs';

/** Throws an Error for what has no sense. */
export function readRuntimesArgs(
  args: readonly string[],
  project: string,
  environment: Readonly<Record<string, string | undefined>>,
): RuntimesArgs | 'help' {
  const { values, positionals } = parseOptions(args, OPTIONS);
  const [, verb, name, version, ...more] = positionals;
  if (values['help'] === true) return 'help';
  if (verb === undefined || !VERBS.includes(verb))
    throw new Error(
      `Cannot use "${['runtimes', verb].join(' ').trim()}": one of ${VERBS.join(', ')} is needed`,
    );
  const repository = {
    name: text(values['repo-name']) ?? nonEmpty(environment['WWS_REPO_NAME']) ?? DEFAULT_NAME,
    url: text(values['repo-url']) ?? nonEmpty(environment['WWS_REPO_URL']),
  };
  const action = actionOf(verb, name, version);
  const extra = verb === 'list' || verb === 'check' ? name : more[0];
  if (extra !== undefined)
    throw new Error(`Cannot use "${extra}": "runtimes ${verb}" takes no more arguments`);
  return { action, project, json: values['json'] === true, repository };
}

function actionOf(verb: string, name: string | undefined, version: string | undefined): RuntimesAction {
  if (verb === 'list' || verb === 'check') return { verb };
  const runtime = name === undefined || version === undefined ? undefined : { name, version };
  if (name !== undefined && version === undefined)
    throw new Error(`Cannot ${verb} "${name}": its version is needed as well, as in "python 3.11.3"`);
  if (verb === 'install') return { verb, runtime };
  if (runtime === undefined)
    throw new Error('Cannot uninstall nothing: a runtime and its version are needed');
  return { verb: 'uninstall', runtime };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
