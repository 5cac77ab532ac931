/**
 * What Request and Response have in common (fetch.spec.whatwg.org#body-mixin). `body` stays the plain value it was
 * made of, as workers for wws expect, and may be read again and again; only a stream is a stream, to be read once.
 */
import { Blob, blobBytes } from './blob.js';
import { FormData } from './form-data.js';
import { encodeForm, formOf } from './multipart.js';
import { ReadableStream, readableState } from './readable-stream.js';
import { isUsed, readChunks } from './stream-bytes.js';
import { bytesOf, joined, utf8, utf8Text } from './text-encoding.js';
import { URLSearchParams } from './url-search-params.js';

/** Under this name, what the methods of a body read. */
export const CONTENT = Symbol('content');

/** The value a body is kept as: a string, bytes, a stream, or null for none; and the content type that it implies. */
export function extracted(body) {
  if (body === undefined || body === null) return { body: null };
  if (typeof body === 'string') return { body, type: 'text/plain;charset=UTF-8' };
  if (typeof body !== 'object' || bytesOf(body)) return { body: bytesOf(body) ? body : String(body) };
  if (body instanceof ReadableStream) {
    if (isUsed(body)) throw new TypeError('Cannot take the body: its stream was used already');
    return { body };
  }
  if (body instanceof URLSearchParams) {
    return { body: String(body), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  }
  if (body instanceof Blob) return { body: blobBytes(body).slice(), type: body.type || undefined };
  if (body instanceof FormData) {
    const { bytes, type } = encodeForm(body);
    return { body: bytes, type };
  }
  return { body: String(body) };
}

export function bodyText(body) {
  if (body === null || body === undefined) return '';
  const bytes = bytesOf(body);
  return bytes ? utf8Text(bytes) : String(body);
}

/** A copy of the body's bytes. */
export function bodyBytes(body) {
  if (body === null || body === undefined) return new Uint8Array();
  const bytes = bytesOf(body);
  return bytes ? new Uint8Array(bytes) : utf8(body);
}

/** All bytes of a stream. */
export async function streamBytes(stream) {
  const parts = [];
  await readChunks(stream, (chunk) => parts.push(chunk));
  return joined(parts);
}

/** Whether somebody has begun to read `body`, if it is a stream. */
export function isRead(body) {
  return body instanceof ReadableStream && readableState(body).isDisturbed;
}

/**
 * The base of Request and Response. A text promise also converts to its text, for workers which take the
 * result of `text()` for a string: wws returned one.
 */
export class Body {
  get [CONTENT]() {
    return this.body;
  }

  get bodyUsed() {
    return isRead(this.body);
  }

  text() {
    const content = this[CONTENT];
    if (content instanceof ReadableStream) return streamBytes(content).then(utf8Text);
    const text = bodyText(content);
    const promise = Promise.resolve(text);
    promise.toString = () => text;
    return promise;
  }

  async json() {
    const content = this[CONTENT];
    return JSON.parse(
      content instanceof ReadableStream ? utf8Text(await streamBytes(content)) : bodyText(content),
    );
  }

  async bytes() {
    const content = this[CONTENT];
    return content instanceof ReadableStream ? streamBytes(content) : bodyBytes(content);
  }

  async arrayBuffer() {
    return (await Body.prototype.bytes.call(this)).buffer;
  }

  async blob() {
    const type = this.headers.get('content-type') ?? '';
    return new Blob([await Body.prototype.bytes.call(this)], { type });
  }

  async formData() {
    return formOf(await Body.prototype.bytes.call(this), this.headers.get('content-type'));
  }
}
