import { AbortController, signalOf } from './abort.js';
import { Body, bodyBytes, keptBody } from './body.js';
import { defineGlobals } from './define.js';
import { Headers, headersFromHost } from './headers.js';
import { requestPart } from './host.js';
import { bytesOf } from './text-encoding.js';
import { URL } from './url.js';
import { URLSearchParams } from './url-search-params.js';

const FROM_HOST = Symbol('from host');
const NORMALISED = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];

/** The body of a request as it is sent: a string, bytes, or undefined for none. */
export let requestContent;

/** What may abort a request, where a worker has given it something. */
export let requestSignal;

/**
 * Request of fetch.spec.whatwg.org, with wws's `params` and a `body` that is a string. The one a worker is
 * called with is brought over from the host part by part, as the worker asks for them.
 */
export class Request extends Body {
  /** What is known so far; complete for a request that a worker made. */
  #parts = {};
  #isFromHost = false;

  static {
    requestContent = (request) => {
      const { body } = request;
      const content = request.#bytes() ?? bytesOf(body) ?? body.toWellFormed();
      return content.length === 0 ? undefined : content;
    };
    requestSignal = (request) => request.#parts.signal;
  }

  constructor(input, init = {}) {
    super();
    if (input === FROM_HOST) {
      this.#isFromHost = true;
      return;
    }
    const base = input instanceof Request ? input : undefined;
    this.#parts = {
      url: base ? base.url : new URL(String(input)).href,
      method: init.method === undefined ? (base?.method ?? 'GET') : normalMethod(init.method),
      headers: new Headers(init.headers ?? base?.headers),
      body: init.body === undefined ? (base?.body ?? '') : (keptBody(init.body) ?? ''),
      bytes: init.body === undefined ? base?.#bytes() : undefined,
      params: { ...base?.params },
      redirect: String(init.redirect ?? base?.redirect ?? 'follow'),
      signal: signalOf(init.signal === undefined ? base?.#parts.signal : init.signal),
    };
    const type = contentType(init.body);
    const { headers } = this.#parts;
    if (type !== undefined && !headers.has('content-type')) headers.set('content-type', type);
  }

  get url() {
    this.#parts.url ??= requestPart('url');
    return this.#parts.url;
  }

  get method() {
    this.#parts.method ??= requestPart('method');
    return this.#parts.method;
  }

  get headers() {
    this.#parts.headers ??= headersFromHost(JSON.parse(requestPart('headers')));
    return this.#parts.headers;
  }

  get body() {
    this.#parts.body ??= requestPart('body');
    return this.#parts.body;
  }

  get params() {
    this.#parts.params ??= JSON.parse(requestPart('params'));
    return this.#parts.params;
  }

  get redirect() {
    return this.#parts.redirect ?? 'follow';
  }

  /** Without one given, one that never aborts. */
  get signal() {
    this.#parts.signal ??= new AbortController().signal;
    return this.#parts.signal;
  }

  /** A body that is no text: `body` is empty then. */
  #bytes() {
    if (this.#isFromHost && !('bytes' in this.#parts)) this.#parts.bytes = requestPart('bytes');
    return this.#parts.bytes;
  }

  async bytes() {
    return this.#bytes()?.slice() ?? bodyBytes(this.body);
  }

  async arrayBuffer() {
    return (await this.bytes()).buffer;
  }

  clone() {
    return new Request(this);
  }

  get [Symbol.toStringTag]() {
    return 'Request';
  }
}

/** The request being handled; its URL stays spelt as it came. */
export const requestFromHost = () => new Request(FROM_HOST);

function normalMethod(method) {
  const upper = String(method).toUpperCase();
  return NORMALISED.includes(upper) ? upper : String(method);
}

function contentType(body) {
  if (typeof body === 'string') return 'text/plain;charset=UTF-8';
  return body instanceof URLSearchParams ? 'application/x-www-form-urlencoded;charset=UTF-8' : undefined;
}

defineGlobals({ Request });
