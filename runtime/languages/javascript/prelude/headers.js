/**
 * Headers (fetch.spec.whatwg.org#headers-class): names in any case, values checked. `toJSON` is wws's own
 * addition. `get` of a missing name is null as the standard has it, where wws gave undefined.
 */
import { defineGlobals } from './define.js';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const SPACE = 0x20;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function normalName(name) {
  const text = String(name);
  if (!TOKEN.test(text)) throw new TypeError(`Invalid header name ${JSON.stringify(text)}`);
  return text.toLowerCase();
}

function normalValue(name, value) {
  let text = String(value);
  if (text.charCodeAt(0) <= SPACE || text.charCodeAt(text.length - 1) <= SPACE) {
    text = text.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  }
  if (!VALUE.test(text)) throw new TypeError(`Invalid value for the header ${JSON.stringify(name)}`);
  return text;
}

/** Headers that came through the host's parser: lower-case and valid already. */
export let headersFromHost;

/** Headers as the host writes them down: lines, a lower-case name and its value in turn. */
export let headersFromLines;

/** Every name with the list of its values, in the order they were made. */
export let headerLists;

export class Headers {
  /** Lower-case name to the list of values given for it. */
  #lists = new Map();

  static {
    headersFromHost = (plain) => {
      const headers = new Headers();
      for (const name of Object.keys(plain)) headers.#lists.set(name, [plain[name]]);
      return headers;
    };
    headersFromLines = (lines) => {
      const headers = new Headers();
      const parts = lines.split('\n');
      for (let index = 0; index + 1 < parts.length; index += 2) {
        const list = headers.#lists.get(parts[index]);
        if (list) list.push(parts[index + 1]);
        else headers.#lists.set(parts[index], [parts[index + 1]]);
      }
      return headers;
    };
    headerLists = (headers) => headers.#lists;
  }

  constructor(init) {
    if (init === undefined || init === null) return;
    if (typeof init !== 'object' && typeof init !== 'function') {
      throw new TypeError('Cannot make Headers: expected an object, a list of pairs or Headers');
    }
    if (typeof init[Symbol.iterator] === 'function') {
      for (const pair of init) {
        const [name, value, ...more] = pair;
        if (value === undefined || more.length > 0) {
          throw new TypeError('Cannot make Headers: each entry of the list must be a name and a value');
        }
        this.append(name, value);
      }
    } else {
      for (const name of Object.keys(init)) this.append(name, init[name]);
    }
  }

  append(name, value) {
    const key = normalName(name);
    const text = normalValue(key, value);
    const list = this.#lists.get(key);
    if (list) list.push(text);
    else this.#lists.set(key, [text]);
  }

  set(name, value) {
    const key = normalName(name);
    this.#lists.set(key, [normalValue(key, value)]);
  }

  get(name) {
    return this.#lists.get(normalName(name))?.join(', ') ?? null;
  }

  getSetCookie() {
    return [...(this.#lists.get('set-cookie') ?? [])];
  }

  has(name) {
    return this.#lists.has(normalName(name));
  }

  delete(name) {
    this.#lists.delete(normalName(name));
  }

  forEach(callback, self) {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries() {
    for (const name of [...this.#lists.keys()].sort()) {
      const list = this.#lists.get(name) ?? [];
      if (name === 'set-cookie') for (const value of list) yield [name, value];
      else yield [name, list.join(', ')];
    }
  }

  *keys() {
    for (const [name] of this.entries()) yield name;
  }

  *values() {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  toJSON() {
    const plain = Object.create(null);
    for (const [name, list] of this.#lists) plain[name] = list.join(', ');
    return plain;
  }

  get [Symbol.toStringTag]() {
    return 'Headers';
  }
}

defineGlobals({ Headers });
