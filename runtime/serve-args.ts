import { parseArgs } from 'node:util';
import { type OperatorSettings, type OperatorText, parseOperator } from './operator.ts';

/** What the arguments of a project may say, by hand and in a container. */
export interface ServeArgs {
  readonly port: number | undefined;
  readonly prefix: string;
  readonly ignore: readonly string[];
  readonly cors: readonly string[];
}

type Option = { type: 'string'; short?: string; multiple?: boolean };

export const SERVE_OPTIONS: Readonly<Record<'port' | 'prefix' | 'ignore' | 'cors', Option>> = {
  port: { type: 'string', short: 'p' },
  prefix: { type: 'string' },
  ignore: { type: 'string', multiple: true },
  cors: { type: 'string', multiple: true },
};

/** Settings of the operator that give a project nothing it could harm others with: an image may have them. */
export const IMAGE_OPTIONS: Readonly<Record<'log' | 'kv', Option>> = {
  log: { type: 'string' },
  kv: { type: 'string' },
};

/** Values as `parseArgs` hands them out. */
export type ServeValues = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** Throws an Error whose message is for the person who wrote the arguments. */
export function serveArgs(values: ServeValues): ServeArgs {
  const { port, prefix, ignore, cors } = values;
  return {
    port: typeof port === 'string' ? portNumber(port) : undefined,
    prefix: typeof prefix === 'string' ? prefix : '',
    ignore: Array.isArray(ignore) ? ignore.map(String) : [],
    cors: Array.isArray(cors) ? cors.map(origin) : [],
  };
}

/** What a container serves by: arguments come before variables, and annotations before both. */
export interface ContainerSettings {
  readonly serve: ServeArgs;
  readonly operator: OperatorSettings;
}

/**
 * Puts together what an image and an operator say. Arguments and `WWS_*` variables look the same whether they
 * come from an image or from whoever runs it, so they can do no more than `SERVE_OPTIONS` and `IMAGE_OPTIONS`.
 *
 * @param args what follows the entrypoint
 * @param environment the container's, by name
 * @param annotations as in `BootMessage.operator`
 */
export function containerSettings(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  annotations: OperatorText,
): ContainerSettings {
  const said = { ...variables(environment), ...argumentValues(args) };
  const image: Record<string, string> = {};
  for (const key of Object.keys(IMAGE_OPTIONS)) {
    const value = said[key];
    if (typeof value === 'string') image[key] = value;
  }
  // What the image says is checked also where an annotation replaces it: it would be wrong without.
  parseOperator(image, (key) => `"${key}"`);
  return { serve: serveArgs(said), operator: parseOperator({ ...image, ...annotations }) };
}

function argumentValues(args: readonly string[]): ServeValues {
  const options = { ...SERVE_OPTIONS, ...IMAGE_OPTIONS };
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional')
      throw new Error(`Cannot use argument "${token.value}": only the first argument names what is served`);
    if (token.kind === 'option' && !Object.hasOwn(options, token.name)) {
      throw new Error(
        `Cannot use argument "${token.rawName}": arguments of a container may be ${listed(options)}; what gives more rights is for annotations "wws.…"`,
      );
    }
    if (token.kind === 'option' && token.value === undefined)
      throw new Error(`Cannot use argument "${token.rawName}": it needs a value`);
  }
  return parseArgs({ args: [...args], options, strict: false }).values;
}

function listed(options: Readonly<Record<string, Option>>): string {
  return Object.keys(options)
    .map((name) => `--${name}`)
    .join(', ');
}

/** `WWS_PORT`, `WWS_CORS` and so on; lists are separated by spaces. Other `WWS_*` are somebody else's. */
function variables(environment: Readonly<Record<string, string | undefined>>): ServeValues {
  const values: Record<string, string | string[]> = {};
  for (const [name, { multiple }] of Object.entries({ ...SERVE_OPTIONS, ...IMAGE_OPTIONS })) {
    const value = environment[`WWS_${name.toUpperCase()}`];
    if (value === undefined || value === '') continue;
    values[name] = multiple === true ? value.split(/\s+/).filter((part) => part !== '') : value;
  }
  return values;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new Error(`Cannot use port "${text}": a number from 0 to 65535 is needed`);
  }
  return port;
}

function origin(value: string | boolean): string {
  const text = String(value);
  if (!/^[\x21-\x7e]+$/.test(text))
    throw new Error(`Cannot use origin "${text}": it holds spaces or is empty`);
  return text;
}
