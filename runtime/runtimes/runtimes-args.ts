import { parseOptions } from '#runtime/cli-parse.ts';
import { BUILT_IN_URL } from './repository-url.ts';

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
  /** Into this directory; by default that of the project. */
  | { readonly verb: 'snapshot'; readonly out: string | undefined }
  /** Without a runtime: all that the project needs and does not have. */
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
  readonly url: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  json: { type: 'boolean' },
  out: { type: 'string', short: 'o' },
  'repo-name': { type: 'string' },
  'repo-url': { type: 'string' },
} as const;

const VERBS: readonly string[] = ['list', 'install', 'uninstall', 'check', 'snapshot'];

/** They say nothing about a runtime. */
const ALONE: ReadonlySet<string> = new Set(['list', 'check', 'snapshot']);

/** What wws called the repository of its makers. */
const DEFAULT_NAME = 'wasmlabs';

/** Throws an Error for what has no sense. */
export function readRuntimesArgs(
  args: readonly string[],
  project: string,
  environment: Environment,
): RuntimesArgs | 'help' {
  const { values, positionals } = parseOptions(args, OPTIONS);
  const [, verb, name, version, ...more] = positionals;
  if (values['help'] === true) return 'help';
  if (verb === undefined || !VERBS.includes(verb))
    throw new Error(
      `Cannot use "${['runtimes', verb].join(' ').trim()}": one of ${VERBS.join(', ')} is needed`,
    );
  const repository = repositoryArgs(environment, text(values['repo-name']), text(values['repo-url']));
  const out = text(values['out']);
  if (out !== undefined && verb !== 'snapshot')
    throw new Error(`Cannot use "--out": only "runtimes snapshot" writes where it is told to`);
  const action: RuntimesAction = verb === 'snapshot' ? { verb, out } : actionOf(verb, name, version);
  const extra = ALONE.has(verb) ? name : more[0];
  if (extra !== undefined)
    throw new Error(`Cannot use "${extra}": "runtimes ${verb}" takes no more arguments`);
  return { action, project, json: values['json'] === true, repository };
}

/** By flag, else by variable, else the one that wws comes with, under the name that wws had for its own. */
export function repositoryArgs(environment: Environment, name?: string, url?: string): RepositoryArgs {
  return {
    name: name ?? nonEmpty(environment['WWS_REPO_NAME']) ?? DEFAULT_NAME,
    url: url ?? nonEmpty(environment['WWS_REPO_URL']) ?? BUILT_IN_URL,
  };
}

function actionOf(verb: string, name: string | undefined, version: string | undefined): RuntimesAction {
  if (verb === 'list' || verb === 'check') return { verb };
  if (verb === 'install')
    return { verb, runtime: name === undefined ? undefined : { name, version: version ?? 'latest' } };
  if (name === undefined) throw new Error('Cannot uninstall nothing: a runtime and its version are needed');
  if (version === undefined)
    throw new Error(`Cannot uninstall "${name}": its version is needed as well, as in "python 3.11.3"`);
  return { verb: 'uninstall', runtime: { name, version } };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
