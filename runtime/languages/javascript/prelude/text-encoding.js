/** TextEncoder and TextDecoder (encoding.spec.whatwg.org); the host does the work on whole strings. */
import { defineGlobals } from './define.js';
import { decodeText, encodeUtf8 } from './host.js';

/** UTF-8 of any value's text, unpaired surrogates replaced. */
export const utf8 = (value) => encodeUtf8(String(value).toWellFormed());

/** The bytes of an ArrayBuffer or a view of one; undefined for any other value. */
export function bytesOf(value) {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value);
  return undefined;
}

/** Text of UTF-8 bytes, a byte order mark dropped. */
export const utf8Text = (bytes) => decodeText('utf-8', bytes, false, false);

class TextEncoder {
  get encoding() {
    return 'utf-8';
  }

  encode(input = '') {
    return utf8(input);
  }

  encodeInto(source, destination) {
    const text = String(source).toWellFormed();
    let read = 0;
    let written = 0;
    for (const character of text) {
      const bytes = encodeUtf8(character);
      if (written + bytes.length > destination.length) break;
      destination.set(bytes, written);
      written += bytes.length;
      read += character.length;
    }
    return { read, written };
  }
}

class TextDecoder {
  #fatal;
  #ignoreBOM;
  #encoding;
  /** Bytes of an unfinished stream. */
  #rest = new Uint8Array();

  constructor(label = 'utf-8', { fatal = false, ignoreBOM = false } = {}) {
    this.#encoding = decodeText(String(label));
    this.#fatal = Boolean(fatal);
    this.#ignoreBOM = Boolean(ignoreBOM);
  }

  get encoding() {
    return this.#encoding;
  }

  get fatal() {
    return this.#fatal;
  }

  get ignoreBOM() {
    return this.#ignoreBOM;
  }

  /** With `stream`, the text comes when the stream ends: nothing is cut inside a character. */
  decode(input = new Uint8Array(), { stream = false } = {}) {
    const bytes = bytesOf(input);
    if (!bytes) throw new TypeError('Cannot decode: expected an ArrayBuffer or a view of one');
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    this.#rest = stream ? all.slice() : new Uint8Array();
    return stream ? '' : decodeText(this.#encoding, all, this.#fatal, this.#ignoreBOM);
  }
}

function joined(first, second) {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

defineGlobals({ TextEncoder, TextDecoder });
