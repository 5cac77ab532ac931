/** URLSearchParams (url.spec.whatwg.org#interface-urlsearchparams). */
import { defineGlobals } from './define.js';
import { utf8, utf8Text } from './text-encoding.js';

/** Ties a URL's own list to its query: `update` hears of every change. */
export let linkToUrl;

/** Replaces the list without telling the URL. */
export let resetList;

export class URLSearchParams {
  #pairs = [];
  #update;

  static {
    linkToUrl = (params, update) => {
      params.#update = update;
    };
    resetList = (params, query) => {
      params.#pairs = parsed(query);
    };
  }

  constructor(init = '') {
    if (init !== null && typeof init === 'object') {
      if (typeof init[Symbol.iterator] === 'function') {
        for (const pair of init) {
          const [name, value, ...more] = pair;
          if (value === undefined || more.length > 0) {
            throw new TypeError('Cannot make URLSearchParams: each entry must be a name and a value');
          }
          this.#pairs.push([String(name), String(value)]);
        }
      } else {
        for (const name of Object.keys(init)) this.#pairs.push([name, String(init[name])]);
      }
    } else {
      this.#pairs = parsed(String(init).replace(/^\?/, ''));
    }
  }

  get size() {
    return this.#pairs.length;
  }

  append(name, value) {
    this.#pairs.push([String(name), String(value)]);
    this.#changed();
  }

  delete(name, value) {
    this.#pairs = this.#pairs.filter((pair) => !matches(pair, name, value));
    this.#changed();
  }

  get(name) {
    return this.#pairs.find((pair) => matches(pair, name))?.[1] ?? null;
  }

  getAll(name) {
    return this.#pairs.filter((pair) => matches(pair, name)).map((pair) => pair[1]);
  }

  has(name, value) {
    return this.#pairs.some((pair) => matches(pair, name, value));
  }

  set(name, value) {
    const first = this.#pairs.find((pair) => matches(pair, name));
    if (first) {
      first[1] = String(value);
      this.#pairs = this.#pairs.filter((pair) => pair === first || !matches(pair, name));
    } else {
      this.#pairs.push([String(name), String(value)]);
    }
    this.#changed();
  }

  sort() {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
    this.#changed();
  }

  forEach(callback, self) {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries() {
    for (const [name, value] of this.#pairs) yield [name, value];
  }

  *keys() {
    for (const [name] of this.#pairs) yield name;
  }

  *values() {
    for (const [, value] of this.#pairs) yield value;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  toString() {
    return this.#pairs.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
  }

  get [Symbol.toStringTag]() {
    return 'URLSearchParams';
  }

  #changed() {
    this.#update?.(this.toString());
  }
}

function matches(pair, name, value) {
  return pair[0] === String(name) && (value === undefined || pair[1] === String(value));
}

function parsed(query) {
  const pairs = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    pairs.push([decoded(name), equals < 0 ? '' : decoded(part.slice(equals + 1))]);
  }
  return pairs;
}

function decoded(text) {
  const spaced = text.replaceAll('+', ' ');
  return spaced.includes('%') ? utf8Text(percentDecoded(spaced)) : spaced.toWellFormed();
}

/** The bytes of `text` with every `%XX` put back; a stray `%` stays. */
export function percentDecoded(text) {
  const bytes = utf8(text);
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    let byte = bytes[index];
    if (byte === 0x25) {
      const hex = String.fromCharCode(bytes[index + 1] ?? 0, bytes[index + 2] ?? 0);
      if (/^[0-9a-fA-F]{2}$/.test(hex)) {
        byte = Number.parseInt(hex, 16);
        index += 2;
      }
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

/** The form-urlencoded serializer leaves only letters, digits and `*-._` as they are. */
function encoded(text) {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}

defineGlobals({ URLSearchParams });
