/**
 * A URL parser after url.spec.whatwg.org#url-parsing, without internationalised host names: their mapping
 * tables would be larger than everything else here.
 */
import { utf8Text } from './text-encoding.js';
import { percentDecoded } from './url-search-params.js';

export const DEFAULT_PORTS = {
  'http:': '80',
  'https:': '443',
  'ws:': '80',
  'wss:': '443',
  'ftp:': '21',
  'file:': '',
};

export const isSpecial = (protocol) => Object.hasOwn(DEFAULT_PORTS, protocol);

const FORBIDDEN_IN_HOST = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const FORBIDDEN_IN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;

const OTHERS = '\\x00-\\x1f\\x7f-\\u{10ffff}';
const ENCODE = {
  control: new RegExp(`[${OTHERS}]`, 'gu'),
  fragment: new RegExp(`[ "<>\`${OTHERS}]`, 'gu'),
  query: new RegExp(`[ "#<>${OTHERS}]`, 'gu'),
  specialQuery: new RegExp(`[ "#<>'${OTHERS}]`, 'gu'),
  path: new RegExp(`[ "#<>?^\`{}${OTHERS}]`, 'gu'),
  userinfo: new RegExp(`[ "#<>?^\`{}/:;=@[\\\\\\]|${OTHERS}]`, 'gu'),
};

/** What no set but that of names and passwords encodes: most of what there is. */
const PLAIN = /^[\w\-.~!$&()*+,%=:@;/]*$/;

/** A host as most are written. */
const PLAIN_HOST = /^[a-z0-9.-]+$/;

/** Percent-encodes what the set named `set` does not allow. */
export function percentEncoded(text, set) {
  if (set !== 'userinfo' && PLAIN.test(text)) return text;
  return text
    .toWellFormed()
    .replace(ENCODE[set], (character) =>
      character < '\x80'
        ? `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
        : encodeURIComponent(character),
    );
}

/**
 * The parts of `input` as written, seen from `base` (a record or undefined). `host` is null where the URL has
 * no authority, and `path` an opaque string or a list of segments.
 *
 * @throws TypeError
 */
export function parseUrl(input, base) {
  const usual = parseUsual(input);
  if (usual !== undefined) return usual;
  const text = input.replace(/^[\0-\x20]+|[\0-\x20]+$/g, '').replace(/[\t\n\r]/g, '');
  const [, beforeHash, , hash] = /^([^#]*)(#(.*))?$/s.exec(text);
  const fragment = hash === undefined ? null : percentEncoded(hash, 'fragment');
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(beforeHash)?.[0];
  if (scheme) {
    const protocol = scheme.toLowerCase();
    const rest = beforeHash.slice(scheme.length);
    const relative = isSpecial(protocol) && base?.protocol === protocol && !/^[/\\]{2}/.test(rest);
    if (!relative) return { ...parseAbsolute(protocol, rest, fragment !== null), fragment };
    return { ...parseRelative(rest, base), fragment };
  }
  if (!base) throw new TypeError(`Invalid URL: ${JSON.stringify(input)} is relative and there is no base`);
  if (typeof base.path === 'string') {
    if (beforeHash !== '' || fragment === null)
      throw new TypeError(`Invalid URL: the base of ${JSON.stringify(input)} has no path`);
    return { ...base, fragment };
  }
  return { ...parseRelative(beforeHash, base), fragment };
}

const USUAL =
  /^(https?:)\/\/([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([0-9]+))?(\/[\w\-.~!$&()*+,%=:@;/]*)?(?:\?([\w\-.~!$&()*+,%=:@;/?]*))?$/;

/** Of a URL as most requests have it, in which nothing has to be changed; undefined for any other. */
function parseUsual(input) {
  const [, protocol, host, port, path = '/', query = null] = USUAL.exec(input) ?? [];
  // Addresses may be spelt in many ways, and so may dots.
  if (protocol === undefined || /(^|\.)(0x[0-9a-f]*|[0-9]+)$/.test(host) || /\/\.|%2e/i.test(path))
    return undefined;
  return {
    protocol,
    username: '',
    password: '',
    host,
    port: port === undefined ? '' : parsePort(port, protocol),
    path: path.slice(1).split('/'),
    query,
    fragment: null,
  };
}

function parseAbsolute(protocol, rest, hasFragment) {
  const special = isSpecial(protocol);
  const empty = { protocol, username: '', password: '', host: null, port: '', path: [], query: null };
  if (protocol === 'file:') {
    const [, authority, path] = /^(?:[/\\]{2}([^/\\?]*))?(.*)$/s.exec(rest);
    const host = authority === undefined || authority.toLowerCase() === 'localhost' ? '' : authority;
    return { ...empty, host: host === '' ? '' : parseHost(host, true), ...pathAndQuery(path, [], true) };
  }
  if (special || rest.startsWith('//')) {
    const [, authority, path] = special
      ? /^[/\\]*([^/\\?]*)(.*)$/s.exec(rest)
      : /^\/\/([^/?]*)(.*)$/s.exec(rest);
    return { ...empty, ...parseAuthority(authority, protocol), ...pathAndQuery(path, [], special) };
  }
  if (rest.startsWith('/')) return { ...empty, ...pathAndQuery(rest, [], false) };
  const [, path, , query] = /^([^?]*)(\?(.*))?$/s.exec(rest);
  // A space at its end would be lost when what follows is taken away (URL standard, "opaque path state").
  const opaque = query !== undefined || hasFragment ? path.replace(/ $/, '%20') : path;
  return {
    ...empty,
    path: percentEncoded(opaque, 'control'),
    query: query === undefined ? null : percentEncoded(query, 'query'),
  };
}

function parseRelative(rest, base) {
  const special = isSpecial(base.protocol);
  if (special ? /^[/\\]{2}/.test(rest) : rest.startsWith('//'))
    return parseAbsolute(base.protocol, rest, false);
  const { protocol, username, password, host, port } = base;
  const kept = { protocol, username, password, host, port };
  if (rest === '') return { ...kept, path: base.path, query: base.query };
  if (rest.startsWith('?')) return { ...kept, path: base.path, query: encodedQuery(rest.slice(1), special) };
  const rooted = special ? /^[/\\]/.test(rest) : rest.startsWith('/');
  return { ...kept, ...pathAndQuery(rest, rooted ? [] : base.path.slice(0, -1), special) };
}

function encodedQuery(query, special) {
  return percentEncoded(query, special ? 'specialQuery' : 'query');
}

function pathAndQuery(text, start, special) {
  const [, path, , query] = /^([^?]*)(\?(.*))?$/s.exec(text);
  return {
    path: parsePath(path, start, special),
    query: query === undefined ? null : encodedQuery(query, special),
  };
}

/** Segments of `text` laid on `start`, with `.` and `..` worked out. */
export function parsePath(text, start, special) {
  const path = [...start];
  if (text === '' && !special) return path;
  const segments = text.replace(special ? /^[/\\]/ : /^\//, '').split(special ? /[/\\]/ : '/');
  for (const [index, segment] of segments.entries()) {
    const plain = segment.replace(/%2e/gi, '.');
    const last = index === segments.length - 1;
    if (plain === '..') path.pop();
    if (plain === '.' || plain === '..') {
      if (last) path.push('');
    } else path.push(percentEncoded(segment, 'path'));
  }
  return path;
}

function parseAuthority(authority, protocol) {
  const at = authority.lastIndexOf('@');
  const [, name, , password] = /^([^:]*)(:(.*))?$/s.exec(authority.slice(0, Math.max(at, 0)));
  const [, host, , port] = /^(\[[^\]]*\]|[^:]*)(:(.*))?$/s.exec(authority.slice(at + 1)) ?? [];
  const special = isSpecial(protocol);
  if (host === undefined || (host === '' && (special || at >= 0 || port))) {
    throw new TypeError(`Invalid URL: ${JSON.stringify(authority)} names no host`);
  }
  return {
    username: percentEncoded(name, 'userinfo'),
    password: percentEncoded(password ?? '', 'userinfo'),
    host: parseHost(host, special),
    port: parsePort(port ?? '', protocol),
  };
}

/** @throws TypeError */
export function parsePort(text, protocol) {
  if (!/^[0-9]*$/.test(text) || Number(text) > 65535) throw new TypeError(`Invalid URL: the port is ${text}`);
  const port = text === '' ? '' : String(Number(text));
  return port === DEFAULT_PORTS[protocol] ? '' : port;
}

/** @throws TypeError */
export function parseHost(text, special) {
  const invalid = () => new TypeError(`Invalid URL: ${JSON.stringify(text)} is no host name`);
  if (text.startsWith('[')) {
    if (!/^\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]$/.test(text)) throw invalid();
    return text.toLowerCase();
  }
  if (!special) {
    if (FORBIDDEN_IN_HOST.test(text)) throw invalid();
    return percentEncoded(text, 'control');
  }
  const domain = PLAIN_HOST.test(text) ? text : utf8Text(percentDecoded(text)).toLowerCase();
  if (/[^\0-\x7f]/.test(domain)) throw new TypeError(`Invalid URL: ${JSON.stringify(text)} is not ASCII`);
  if (domain === '' || FORBIDDEN_IN_DOMAIN.test(domain)) throw invalid();
  const labels = domain.replace(/\.$/, '').split('.');
  if (!/^([0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1))) return domain;
  const address = ipv4(labels);
  if (address === undefined) throw invalid();
  return address;
}

/** Dotted form of an IPv4 address in any of the spellings C's inet_aton takes. */
function ipv4(labels) {
  if (labels.length > 4) return undefined;
  const numbers = labels.map((label) => {
    if (/^0x[0-9a-f]*$/.test(label)) return Number.parseInt(label.slice(2) || '0', 16);
    if (/^0[0-7]+$/.test(label)) return Number.parseInt(label, 8);
    return /^(0|[1-9][0-9]*)$/.test(label) ? Number(label) : Number.NaN;
  });
  const last = numbers.pop();
  if (numbers.some((number) => !(number <= 255)) || !(last < 256 ** (4 - numbers.length))) return undefined;
  const value = numbers.reduce((sum, number, index) => sum + number * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
