import { ShimError } from './errors.ts';

/** The flags containerd passes, facts of its runtime v2 calling convention; absent flags are empty or false. */
export interface ShimFlags {
  readonly containerdNamespace: string;
  readonly id: string;
  /** containerd's gRPC address as given: a path, with or without a scheme. */
  readonly address: string;
  /** Absolute path of the bundle; `start` is not given one and runs inside it. */
  readonly bundle: string;
  readonly publishBinary: string;
  readonly debug: boolean;
  readonly info: boolean;
  readonly version: boolean;
  readonly help: boolean;
}

export interface ShimArguments {
  readonly flags: ShimFlags;
  /** `start`, `delete` or whatever else stood first behind the flags. */
  readonly action: string | undefined;
  /** Flags this version does not know, as written: a newer containerd may pass some. */
  readonly unknown: readonly string[];
}

const SWITCHES = ['debug', 'v', 'version', 'info', 'help', 'h'] as const;
const VALUES = ['namespace', 'id', 'socket', 'debug-socket', 'bundle', 'address', 'publish-binary'] as const;

type Switch = (typeof SWITCHES)[number];
type Value = (typeof VALUES)[number];

const FALSE = new Set(['false', 'f', 'F', 'FALSE', 'False', '0']);

/**
 * Reads a command line as Go's `flag` package does: `-x value`, `-x=value`, one dash or two, flags end at
 * the first word without a dash. Unknown flags are collected, not refused: only the caller knows whether a
 * newer daemon or a person wrote them.
 *
 * @throws ShimError invalid-argument when a flag has no value or words follow the action
 */
export function parseArguments(argv: readonly string[]): ShimArguments {
  const values = new Map<Value, string>();
  const switches = new Set<Switch>();
  const unknown: string[] = [];
  let at = 0;
  for (; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') {
      at++;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    const [name, inline] = splitFlag(word);
    if (isSwitch(name)) {
      if (inline === undefined || !FALSE.has(inline)) switches.add(name);
      else switches.delete(name);
    } else if (isValue(name)) {
      const value = inline ?? argv[++at];
      if (value === undefined) throw invalid(`flag "${word}" needs a value`);
      values.set(name, value);
    } else {
      unknown.push(word);
      if (inline === undefined && takesNextWord(argv, at)) at++;
    }
  }
  const [action, ...rest] = argv.slice(at);
  if (rest[0] !== undefined) throw invalid(`unexpected "${rest[0]}" behind "${action}"`);
  return { flags: toFlags(values, switches), action, unknown };
}

/** The action is always the last word, so an unknown flag owns the next word only if more follow it. */
function takesNextWord(argv: readonly string[], at: number): boolean {
  const next = argv[at + 1];
  return next !== undefined && !next.startsWith('-') && at + 2 < argv.length;
}

function splitFlag(word: string): [name: string, value: string | undefined] {
  const bare = word.startsWith('--') ? word.slice(2) : word.slice(1);
  const equals = bare.indexOf('=');
  return equals < 0 ? [bare, undefined] : [bare.slice(0, equals), bare.slice(equals + 1)];
}

function toFlags(values: ReadonlyMap<Value, string>, switches: ReadonlySet<Switch>): ShimFlags {
  return {
    containerdNamespace: values.get('namespace') ?? '',
    id: values.get('id') ?? '',
    address: values.get('address') ?? '',
    bundle: values.get('bundle') ?? '',
    publishBinary: values.get('publish-binary') ?? '',
    debug: switches.has('debug'),
    info: switches.has('info'),
    version: switches.has('v') || switches.has('version'),
    help: switches.has('h') || switches.has('help'),
  };
}

function isSwitch(name: string): name is Switch {
  return (SWITCHES as readonly string[]).includes(name);
}

function isValue(name: string): name is Value {
  return (VALUES as readonly string[]).includes(name);
}

function invalid(reason: string): ShimError {
  return new ShimError('invalid-argument', `Cannot parse the command line: ${reason}`);
}
