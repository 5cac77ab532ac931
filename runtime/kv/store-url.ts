/** Where the K/V store is, as its URL says. */
export type StoreTarget =
  | { readonly kind: 'memory' }
  | {
      readonly kind: 'file';
      /** As written: relative ones are the caller's to resolve. */
      readonly path: string;
    }
  | RedisTarget;

export interface RedisTarget {
  readonly kind: 'redis';
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
  /** File with the certificates to trust, in place of the well-known ones. */
  readonly ca: string | undefined;
  /** All keys begin with it and a colon. */
  readonly prefix: string;
}

const FORMS = 'memory:, file:PATH or redis://HOST:PORT/DB?prefix=NAME';

/**
 * Reads the URL of a store. Messages never hold its password.
 *
 * @throws Error for the operator
 */
export function parseStoreUrl(text: string): StoreTarget {
  const fail = (reason: string): never => {
    throw new Error(`Cannot use K/V store "${withoutPassword(text)}": ${reason}`);
  };
  if (text === 'memory:') return { kind: 'memory' };
  if (text.startsWith('file:')) {
    const path = text.slice('file:'.length).replace(/^\/\/(?=\/)/, '');
    if (path === '' || path.startsWith('//') || path.endsWith('/') || /[\0?#]/.test(path)) {
      return fail('the path of a file is needed, as in file:/data/kv.db');
    }
    return { kind: 'file', path };
  }
  if (!/^rediss?:\/\//.test(text) || !URL.canParse(text)) return fail(`expected ${FORMS}`);
  return redisTarget(new URL(text), fail);
}

function redisTarget(url: URL, fail: (reason: string) => never): RedisTarget {
  const { searchParams, hostname, port, pathname } = url;
  for (const name of searchParams.keys()) {
    if (name !== 'prefix' && name !== 'ca') fail(`"${name}" is no known parameter`);
  }
  const prefix = searchParams.get('prefix') ?? '';
  if (prefix === '') {
    fail('a prefix is needed, so that two apps never share by accident: add ?prefix=NAME');
  }
  // Without a colon in it, no prefix can be another one and the beginning of its keys.
  if (!/^[\w.-]{1,64}$/.test(prefix))
    fail('a prefix is made of at most 64 letters, digits, ".", "_" and "-"');
  const ca = searchParams.get('ca') ?? undefined;
  const tls = url.protocol === 'rediss:';
  if (ca !== undefined && !tls) fail('"ca" is for rediss:// only');
  const [, database = '0'] = /^\/(\d{1,5})$/.exec(pathname) ?? [];
  if (hostname === '') fail('a host is needed');
  if (pathname !== '' && pathname !== '/' && pathname !== `/${database}`)
    fail('its path must be a database number');
  return {
    kind: 'redis',
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 6379 : Number(port),
    database: Number(database),
    username: decoded(url.username, fail),
    password: decoded(url.password, fail),
    tls,
    ca,
    prefix,
  };
}

function decoded(text: string, fail: (reason: string) => never): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return fail('its user or password is not percent-encoded');
  }
}

/** As people may see it. Whatever stands before the last `@` may be a password, in broken URLs as well. */
function withoutPassword(text: string): string {
  const at = text.lastIndexOf('@');
  if (at === -1) return text;
  const [scheme = ''] = /^[a-z]+:\/\//.exec(text) ?? [];
  return `${scheme}***${text.slice(at)}`;
}

export function storeName(target: StoreTarget): string {
  if (target.kind === 'memory') return 'memory:';
  if (target.kind === 'file') return `file:${target.path}`;
  const { tls, host, port, database, prefix } = target;
  const name = host.includes(':') ? `[${host}]` : host;
  return `${tls ? 'rediss' : 'redis'}://${name}:${port}/${database}?prefix=${prefix}`;
}
