import { parseArgs } from 'node:util';

/** What the arguments of a project may say, by hand and in a container. */
export interface ServeArgs {
  readonly port: number | undefined;
  readonly prefix: string;
  readonly ignore: readonly string[];
  readonly cors: readonly string[];
}

type ServeOptionTable = Readonly<
  Record<'port' | 'prefix' | 'ignore' | 'cors', { type: 'string'; short?: string; multiple?: boolean }>
>;

export const SERVE_OPTIONS: ServeOptionTable = {
  port: { type: 'string', short: 'p' },
  prefix: { type: 'string' },
  ignore: { type: 'string', multiple: true },
  cors: { type: 'string', multiple: true },
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

/** Arguments that follow a project's entrypoint in a container; nothing else is taken from an image. */
export function containerServeArgs(args: readonly string[]): ServeArgs {
  try {
    return serveArgs(
      parseArgs({ args: [...args], options: { ...SERVE_OPTIONS }, allowPositionals: false }).values,
    );
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error);
    throw new Error(`Cannot read arguments ${JSON.stringify(args)}: ${reason}`, { cause: error });
  }
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
