/** TextEncoder and TextDecoder (encoding.spec.whatwg.org); the host does the work on whole strings. */
import { defineGlobals } from './define.js';
import { decodeText, encodeUtf8 } from './host.js';

const NO_BYTES = new Uint8Array();

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

  get [Symbol.toStringTag]() {
    return 'TextEncoder';
  }
}

/** @throws RangeError for a label that is none */
function encodingNamed(label) {
  try {
    return decodeText(label);
  } catch {
    throw new RangeError(`Unknown encoding ${JSON.stringify(label)}`);
  }
}

export class TextDecoder {
  #fatal;
  #ignoreBOM;
  #encoding;
  /** Bytes of an unfinished character, in a stream. */
  #rest = new Uint8Array();
  /** There was text in this stream, so that a byte order mark would be none. */
  #hasBegun = false;

  constructor(label = 'utf-8', options) {
    this.#encoding = encodingNamed(String(label));
    this.#fatal = Boolean(options?.fatal);
    this.#ignoreBOM = Boolean(options?.ignoreBOM);
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

  decode(input = NO_BYTES, options) {
    const bytes = bytesOf(input);
    if (!bytes) throw new TypeError('Cannot decode: expected an ArrayBuffer or a view of one');
    const stream = Boolean(options?.stream);
    const all = this.#rest.length === 0 ? bytes : joined([this.#rest, bytes]);
    const end = stream ? all.length - unfinished(this.#encoding, all) : all.length;
    const isFirst = !this.#hasBegun;
    this.#rest = stream ? all.slice(end) : NO_BYTES;
    this.#hasBegun = stream && (this.#hasBegun || end > 0);
    if (end === 0) return '';
    const whole = end === all.length ? all : all.subarray(0, end);
    try {
      return decodeText(this.#encoding, whole, this.#fatal, this.#ignoreBOM || !isFirst);
    } catch (error) {
      if (this.#fatal) throw new TypeError(`Cannot decode: the bytes are not ${this.#encoding}`);
      throw error;
    }
  }

  get [Symbol.toStringTag]() {
    return 'TextDecoder';
  }
}

/** How many bytes at the end of `bytes` may be the beginning of a character. */
function unfinished(encoding, bytes) {
  const { length } = bytes;
  if (encoding === 'utf-8') {
    for (let back = 1; back <= Math.min(3, length); back++) {
      const byte = bytes[length - back];
      if (byte < 0x80) return 0;
      if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
    }
    return 0;
  }
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    const odd = length % 2;
    const high = bytes[length - odd - (encoding === 'utf-16le' ? 1 : 2)];
    return high >= 0xd8 && high < 0xdc ? odd + 2 : odd;
  }
  // Of other encodings than those of one byte it is not known: the text comes when the stream ends.
  return /^(gb|big5|euc-|iso-2022|shift_jis|replacement)/.test(encoding) ? length : 0;
}

/** All of `parts`, which are Uint8Arrays, in one. */
export function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

defineGlobals({ TextEncoder, TextDecoder });
