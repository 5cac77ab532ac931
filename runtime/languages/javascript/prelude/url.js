/** URL (url.spec.whatwg.org#url-class). */
import { defineGlobals } from './define.js';
import { isSpecial, parseHost, parsePath, parsePort, parseUrl, percentEncoded } from './url-parse.js';
import { linkToUrl, resetList, URLSearchParams } from './url-search-params.js';

export class URL {
  #parts;
  /** Made at the first use. */
  #params;

  constructor(url, base) {
    this.#parts = parseUrl(String(url), base === undefined ? undefined : parseUrl(String(base)));
  }

  static parse(url, base) {
    try {
      return new URL(url, base);
    } catch {
      return null;
    }
  }

  static canParse(url, base) {
    return URL.parse(url, base) !== null;
  }

  get href() {
    const { username, password, host, fragment, protocol } = this.#parts;
    const credentials = username || password ? `${username}${password && `:${password}`}@` : '';
    // Without the dot, a path that begins with two slashes would read as an authority.
    const noHost = Array.isArray(this.#parts.path) && this.pathname.startsWith('//') ? '/.' : '';
    const authority = host === null ? noHost : `//${credentials}${this.host}`;
    const query = this.#parts.query === null ? '' : `?${this.#parts.query}`;
    return protocol + authority + this.pathname + query + (fragment === null ? '' : `#${fragment}`);
  }

  set href(value) {
    this.#parts = parseUrl(String(value));
    if (this.#params !== undefined) resetList(this.#params, this.#parts.query ?? '');
  }

  get origin() {
    const { protocol } = this.#parts;
    return isSpecial(protocol) && protocol !== 'file:' ? `${protocol}//${this.host}` : 'null';
  }

  get protocol() {
    return this.#parts.protocol;
  }

  set protocol(value) {
    const protocol = /^[a-zA-Z][a-zA-Z0-9+.-]*(?=:|$)/.exec(String(value))?.[0];
    if (!protocol) return;
    const wanted = `${protocol.toLowerCase()}:`;
    if (isSpecial(wanted) !== isSpecial(this.#parts.protocol) || wanted === 'file:') return;
    this.#parts.protocol = wanted;
    this.#parts.port = parsePort(this.#parts.port, wanted);
  }

  get username() {
    return this.#parts.username;
  }

  set username(value) {
    if (this.#parts.host) this.#parts.username = percentEncoded(String(value), 'userinfo');
  }

  get password() {
    return this.#parts.password;
  }

  set password(value) {
    if (this.#parts.host) this.#parts.password = percentEncoded(String(value), 'userinfo');
  }

  get host() {
    const { host, port } = this.#parts;
    return port === '' ? (host ?? '') : `${host}:${port}`;
  }

  set host(value) {
    const [, host, , port] = /^(\[[^\]]*\]|[^:/?#\\]*)(:([0-9]*))?/.exec(String(value));
    this.hostname = host;
    if (port) this.port = port;
  }

  get hostname() {
    return this.#parts.host ?? '';
  }

  /** Like the other setters, leaves the URL alone when the value does not fit. */
  set hostname(value) {
    const { protocol, path } = this.#parts;
    if (typeof path === 'string' || value === '') return;
    try {
      this.#parts.host = parseHost(String(value), isSpecial(protocol));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  }

  get port() {
    return this.#parts.port;
  }

  set port(value) {
    const { host, protocol } = this.#parts;
    const digits = /^[0-9]*/.exec(String(value))[0];
    if (!host || protocol === 'file:' || Number(digits) > 65535) return;
    if (digits !== '' || value === '') this.#parts.port = parsePort(digits, protocol);
  }

  get pathname() {
    const { path } = this.#parts;
    return typeof path === 'string' ? path : path.map((segment) => `/${segment}`).join('');
  }

  set pathname(value) {
    const { path, protocol } = this.#parts;
    if (typeof path !== 'string') this.#parts.path = parsePath(String(value), [], isSpecial(protocol));
  }

  get search() {
    return this.#parts.query ? `?${this.#parts.query}` : '';
  }

  set search(value) {
    const query = String(value).replace(/^\?/, '');
    const set = isSpecial(this.#parts.protocol) ? 'specialQuery' : 'query';
    this.#parts.query = query === '' ? null : percentEncoded(query, set);
    if (this.#params !== undefined) resetList(this.#params, query);
  }

  get searchParams() {
    if (this.#params !== undefined) return this.#params;
    this.#params = new URLSearchParams();
    resetList(this.#params, this.#parts.query ?? '');
    linkToUrl(this.#params, (query) => {
      this.#parts.query = query === '' ? null : query;
    });
    return this.#params;
  }

  get hash() {
    return this.#parts.fragment ? `#${this.#parts.fragment}` : '';
  }

  set hash(value) {
    const fragment = String(value).replace(/^#/, '');
    this.#parts.fragment = fragment === '' ? null : percentEncoded(fragment, 'fragment');
  }

  toString() {
    return this.href;
  }

  toJSON() {
    return this.href;
  }

  get [Symbol.toStringTag]() {
    return 'URL';
  }
}

defineGlobals({ URL });
