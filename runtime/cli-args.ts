import { parseArgs } from 'node:util';
import { type OptionTable, type ParsedArgs, parseOptions, UsageError } from './cli-parse.ts';
import type { GitSource } from './git/git-source.ts';
import type { OperatorSettings } from './operator.ts';
import { OPERATOR_OPTIONS, operatorFlags } from './operator-flags.ts';
import { type RuntimesArgs, readRuntimesArgs } from './runtimes/runtimes-args.ts';
import { SERVE_OPTIONS, type ServeArgs, serveArgs } from './serve-args.ts';

/** What the help is about. */
export type HelpTopic = 'wws' | 'runtimes' | 'doctor';

/** What a person asked for by `wws …`. */
export type Invocation =
  | { readonly kind: 'help'; readonly topic: HelpTopic }
  | { readonly kind: 'version' }
  | Serve
  | Command
  | ({ readonly kind: 'runtimes' } & RuntimesArgs)
  | { readonly kind: 'doctor'; readonly json: boolean };

export interface Serve {
  readonly kind: 'serve';
  /** A directory, or a repository's URL. */
  readonly path: string;
  readonly git: Omit<GitSource, 'url'>;
  readonly host: string;
  readonly operator: OperatorSettings;
  readonly serve: ServeArgs;
  /** Reload on changes; undefined for no. With `pollMs` by looking, every so often. */
  readonly watch: { readonly pollMs?: number } | undefined;
  /** Install what `.wws.toml` names and is not there. */
  readonly installRuntimes: boolean;
}

export interface Command {
  readonly kind: 'command';
  readonly file: string;
  readonly args: readonly string[];
  readonly directories: readonly { readonly host: string; readonly guest: string }[];
  readonly env: readonly string[];
}

type Environment = Readonly<Record<string, string | undefined>>;

const FLAGS: OptionTable = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
};

const COMMAND_OPTIONS: OptionTable = {
  ...FLAGS,
  dir: { type: 'string', multiple: true },
  env: { type: 'string', multiple: true },
};

const PROJECT_OPTIONS: OptionTable = {
  ...FLAGS,
  ...SERVE_OPTIONS,
  ...OPERATOR_OPTIONS,
  host: { type: 'string' },
  watch: { type: 'boolean', short: 'w' },
  poll: { type: 'boolean' },
  'git-commit': { type: 'string' },
  'git-tag': { type: 'string' },
  'git-branch': { type: 'string' },
  'git-folder': { type: 'string' },
  'install-runtimes': { type: 'boolean', short: 'i' },
};

const DOCTOR_OPTIONS: OptionTable = { ...FLAGS, json: { type: 'boolean' } };

/** Reads the arguments after the program's name. Throws UsageError. */
export function readArgs(args: readonly string[], environment: Environment = process.env): Invocation {
  try {
    const [first, second] = positionalsOf(args);
    const word = first === undefined ? undefined : args[first];
    if (word?.endsWith('.wasm') === true) return commandInvocation(args, first ?? 0);
    if (word === 'doctor') return doctorInvocation(args);
    if (word === 'runtimes') return runtimesInvocation(args, '.', environment);
    // As the first wws had it: `wws PATH runtimes …`.
    if (second !== undefined && args[second] === 'runtimes')
      return runtimesInvocation(args.toSpliced(first ?? 0, 1), word ?? '.', environment);
    return serveInvocation(args, environment);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** What follows a command's file is for the command, so the options that take values must be known. */
function positionalsOf(args: readonly string[]): readonly number[] {
  const options = { ...PROJECT_OPTIONS, ...COMMAND_OPTIONS };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  return tokens.filter((token) => token.kind === 'positional').map((token) => token.index);
}

function serveInvocation(args: readonly string[], environment: Environment): Invocation {
  const { values, positionals } = parseOptions(args, PROJECT_OPTIONS);
  if (values['help'] === true) return { kind: 'help', topic: 'wws' };
  if (values['version'] === true) return { kind: 'version' };
  const [path = '.', ...more] = positionals;
  if (more.length > 0)
    throw new Error(`Cannot serve more than one directory: "${path}" and "${more.join('", "')}"`);
  return {
    kind: 'serve',
    path,
    git: {
      commit: textOf(values['git-commit']),
      tag: textOf(values['git-tag']),
      branch: textOf(values['git-branch']),
      folder: textOf(values['git-folder']),
    },
    host: textOf(values['host']) ?? '127.0.0.1',
    serve: serveArgs(values),
    operator: operatorFlags(values, environment),
    watch: watchOf(values),
    installRuntimes: values['install-runtimes'] === true,
  };
}

/** How often to look where the system does not tell of changes. */
const POLL_MS = 1_000;

function watchOf(values: ParsedArgs['values']): Serve['watch'] {
  if (values['poll'] === true) return { pollMs: POLL_MS };
  return values['watch'] === true ? {} : undefined;
}

function doctorInvocation(args: readonly string[]): Invocation {
  const { values, positionals } = parseOptions(args, DOCTOR_OPTIONS);
  if (values['help'] === true) return { kind: 'help', topic: 'doctor' };
  if (positionals.length > 1)
    throw new Error(`Cannot use "${positionals[1]}": the doctor takes no arguments`);
  return { kind: 'doctor', json: values['json'] === true };
}

function runtimesInvocation(args: readonly string[], project: string, environment: Environment): Invocation {
  const runtimes = readRuntimesArgs(args, project, environment);
  return runtimes === 'help' ? { kind: 'help', topic: 'runtimes' } : { kind: 'runtimes', ...runtimes };
}

function commandInvocation(args: readonly string[], first: number): Invocation {
  const { values } = parseOptions(args.slice(0, first), COMMAND_OPTIONS);
  if (values['help'] === true) return { kind: 'help', topic: 'wws' };
  if (values['version'] === true) return { kind: 'version' };
  const file = args[first] ?? '';
  const directories = listOf(values['dir']).map((text) => {
    const [host = '', guest = host] = text.split('::');
    if (host === '' || guest === '') throw new Error(`Cannot use directory "${text}": HOST::GUEST is needed`);
    return { host, guest };
  });
  const env = listOf(values['env']).map((text) => {
    if (!/^[^=]+=/.test(text)) throw new Error(`Cannot use variable "${text}": NAME=VALUE is needed`);
    return text;
  });
  return { kind: 'command', file, args: args.slice(first), directories, env };
}

function textOf(value: ParsedArgs['values'][string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function listOf(value: ParsedArgs['values'][string]): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
