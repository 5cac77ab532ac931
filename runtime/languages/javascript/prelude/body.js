/**
 * What Request and Response have in common. `body` stays the plain value it was made of, as workers for wws
 * expect; the standard's methods are built on top of it.
 */
import { bytesOf, utf8, utf8Text } from './text-encoding.js';

/** The value a body is kept as: a string, bytes, or null for none. */
export function keptBody(body) {
  if (body === undefined || body === null) return null;
  if (typeof body === 'string' || bytesOf(body)) return body;
  return String(body);
}

export function bodyText(body) {
  if (body === null || body === undefined) return '';
  const bytes = bytesOf(body);
  return bytes ? utf8Text(bytes) : String(body);
}

/** A copy of the body's bytes. */
export function bodyBytes(body) {
  if (body === null || body === undefined) return new Uint8Array();
  return bytesOf(body)?.slice() ?? utf8(body);
}

/**
 * The base of Request and Response. A text promise also converts to its text, for workers which take the
 * result of `text()` for a string: wws returned one.
 */
export class Body {
  text() {
    const text = bodyText(this.body);
    const promise = Promise.resolve(text);
    promise.toString = () => text;
    return promise;
  }

  async json() {
    return JSON.parse(bodyText(this.body));
  }

  async arrayBuffer() {
    return bodyBytes(this.body).buffer;
  }

  async bytes() {
    return bodyBytes(this.body);
  }
}
