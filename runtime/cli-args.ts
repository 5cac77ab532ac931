import { parseArgs } from 'node:util';
import type { OperatorSettings } from './operator.ts';
import { OPERATOR_OPTIONS, operatorFlags } from './operator-flags.ts';
import { SERVE_OPTIONS, type ServeArgs, serveArgs } from './serve-args.ts';

/** What a person asked for by `wws …`. */
export type Invocation =
  | { readonly kind: 'help' | 'version' }
  | Serve
  | {
      readonly kind: 'command';
      readonly file: string;
      readonly args: readonly string[];
      readonly directories: readonly { readonly host: string; readonly guest: string }[];
      readonly env: readonly string[];
    };

export interface Serve {
  readonly kind: 'serve';
  readonly path: string;
  readonly host: string;
  readonly operator: OperatorSettings;
  readonly serve: ServeArgs;
  /** Reload on changes; undefined for no. With `pollMs` by looking, every so often. */
  readonly watch: { readonly pollMs?: number } | undefined;
}

/** Arguments that mean nothing; the message says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Environment = Readonly<Record<string, string | undefined>>;

const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'V' },
} as const;

const COMMAND_OPTIONS = {
  ...FLAGS,
  dir: { type: 'string', multiple: true },
  env: { type: 'string', multiple: true },
} as const;

const PROJECT_OPTIONS = {
  ...FLAGS,
  ...SERVE_OPTIONS,
  ...OPERATOR_OPTIONS,
  host: { type: 'string' },
  watch: { type: 'boolean', short: 'w' },
  poll: { type: 'boolean' },
} as const;

/** Reads the arguments after the program's name. Throws UsageError. */
export function readArgs(args: readonly string[], environment: Environment = process.env): Invocation {
  try {
    const first = firstPositional(args);
    const isCommand = first !== undefined && args[first]?.endsWith('.wasm') === true;
    return isCommand ? commandInvocation(args, first) : serveInvocation(args, environment);
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error), {
      cause: error,
    });
  }
}

/** What follows a command's file is for the command, so the options that take values must be known. */
function firstPositional(args: readonly string[]): number | undefined {
  const options = { ...PROJECT_OPTIONS, ...COMMAND_OPTIONS };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  return tokens.find((token) => token.kind === 'positional')?.index;
}

function serveInvocation(args: readonly string[], environment: Environment): Invocation {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: PROJECT_OPTIONS,
    allowPositionals: true,
  });
  if (values.help) return { kind: 'help' };
  if (values.version) return { kind: 'version' };
  const [path = '.', ...more] = positionals;
  if (more.length > 0)
    throw new Error(`Cannot serve more than one directory: "${path}" and "${more.join('", "')}"`);
  return {
    kind: 'serve',
    path,
    host: values.host ?? '127.0.0.1',
    serve: serveArgs(values),
    operator: operatorFlags(values, environment),
    watch: watchOf(values),
  };
}

function commandInvocation(args: readonly string[], first: number): Invocation {
  const { values } = parseArgs({ args: args.slice(0, first), options: COMMAND_OPTIONS });
  if (values.help) return { kind: 'help' };
  if (values.version) return { kind: 'version' };
  const file = args[first] ?? '';
  const directories = (values.dir ?? []).map((text) => {
    const [host = '', guest = host] = text.split('::');
    if (host === '' || guest === '') throw new Error(`Cannot use directory "${text}": HOST::GUEST is needed`);
    return { host, guest };
  });
  const env = (values.env ?? []).map((text) => {
    if (!/^[^=]+=/.test(text)) throw new Error(`Cannot use variable "${text}": NAME=VALUE is needed`);
    return text;
  });
  return { kind: 'command', file, args: args.slice(first), directories, env };
}

/** How often to look where the system does not tell of changes. */
const POLL_MS = 1_000;

function watchOf(values: { readonly watch?: boolean; readonly poll?: boolean }): Serve['watch'] {
  if (values.poll === true) return { pollMs: POLL_MS };
  return values.watch === true ? {} : undefined;
}
