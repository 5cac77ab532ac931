import { Body, keptBody } from './body.js';
import { defineGlobals } from './define.js';
import { Headers, headersFromHost } from './headers.js';
import { requestPart } from './host.js';
import { URL } from './url.js';

const FROM_HOST = Symbol('from host');
const NORMALISED = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];

/**
 * Request of fetch.spec.whatwg.org, with wws's `params` and a `body` that is a string. The one a worker is
 * called with is brought over from the host part by part, as the worker asks for them.
 */
export class Request extends Body {
  /** What is known so far; complete for a request that a worker made. */
  #parts = {};

  constructor(input, init = {}) {
    super();
    if (input === FROM_HOST) return;
    const base = input instanceof Request ? input : undefined;
    this.#parts = {
      url: base ? base.url : new URL(String(input)).href,
      method: init.method === undefined ? (base?.method ?? 'GET') : normalMethod(init.method),
      headers: new Headers(init.headers ?? base?.headers),
      body: init.body === undefined ? (base?.body ?? '') : (keptBody(init.body) ?? ''),
      params: { ...base?.params },
    };
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

defineGlobals({ Request });
