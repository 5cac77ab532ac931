import { Body, bodyText, extracted } from './body.js';
import { defineGlobals } from './define.js';
import { Headers } from './headers.js';
import { ReadableStream } from './readable-stream.js';
import { ReceivedBody } from './stream-bytes.js';

const REDIRECTS = [301, 302, 303, 307, 308];

/** @throws RangeError for a status that an HTTP answer cannot have */
export function checkedStatus(status) {
  const number = Number(status);
  if (Number.isInteger(number) && number >= 200 && number <= 999) return number;
  throw new RangeError(`Invalid response status ${String(status)}: expected an integer from 200 to 999`);
}

/**
 * Response of fetch.spec.whatwg.org; as in wws its fields are plain and may be assigned to. No content type
 * is added to text: the server's default, HTML, stands.
 */
export class Response extends Body {
  constructor(body, init) {
    super();
    const { status = 200, statusText = '', headers } = init ?? {};
    this.status = checkedStatus(status);
    this.statusText = String(statusText);
    this.headers = new Headers(headers);
    const { body: content, type } = extracted(body);
    if (type !== undefined && typeof body !== 'string' && !this.headers.has('content-type')) {
      this.headers.set('content-type', type);
    }
    this.body = content;
    this.url = '';
    this.redirected = false;
    this.type = 'default';
  }

  static json(data, init) {
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError('Cannot make a JSON response: the value has no JSON text');
    const response = new Response(text, init);
    if (!response.headers.has('content-type')) response.headers.set('content-type', 'application/json');
    return response;
  }

  static redirect(url, status = 307) {
    if (!REDIRECTS.includes(status)) {
      throw new RangeError(
        `Invalid redirect status ${String(status)}: expected one of ${REDIRECTS.join(', ')}`,
      );
    }
    return new Response(`Redirecting to ${url}`, { status, headers: { location: url } });
  }

  static error() {
    return Object.assign(new Response(null, { status: 500 }), { type: 'error' });
  }

  get ok() {
    return this.status >= 200 && this.status < 300;
  }

  clone() {
    const { url, redirected, type } = this;
    let { body } = this;
    if (body instanceof ReadableStream) [this.body, body] = body.tee();
    return Object.assign(new Response(body, this), { url, redirected, type });
  }

  toString() {
    return bodyText(this.body);
  }

  get [Symbol.toStringTag]() {
    return 'Response';
  }
}

/** A response that came over the network; `body` is bytes that nobody else has. */
export function receivedResponse(body, { url, status, statusText, headers, redirected }) {
  const response = new Response(Object.setPrototypeOf(body, ReceivedBody.prototype), { status, statusText });
  return Object.assign(response, { url, headers, redirected, type: 'basic' });
}

defineGlobals({ Response });
