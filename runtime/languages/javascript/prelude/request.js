import { Body, keptBody } from './body.js';
import { defineGlobals } from './define.js';
import { Headers, headersFromHost } from './headers.js';
import { URL } from './url.js';

/** Request of fetch.spec.whatwg.org, with wws's `params` and a `body` that is a string. */
export class Request extends Body {
  constructor(input, init = {}) {
    super();
    const base = input instanceof Request ? input : undefined;
    this.url = base ? base.url : new URL(String(input)).href;
    this.method = init.method === undefined ? (base?.method ?? 'GET') : normalMethod(init.method);
    this.headers = new Headers(init.headers ?? base?.headers);
    this.body = init.body === undefined ? (base?.body ?? '') : (keptBody(init.body) ?? '');
    this.params = { ...base?.params };
  }

  clone() {
    return new Request(this);
  }

  get [Symbol.toStringTag]() {
    return 'Request';
  }
}

/** The request a worker is called with; the URL stays spelt as it came. */
export function requestFromHost({ url, method, headers, params }, body) {
  const request = Object.create(Request.prototype);
  return Object.assign(request, { url, method, headers: headersFromHost(headers), body, params });
}

const NORMALISED = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];

function normalMethod(method) {
  const upper = String(method).toUpperCase();
  return NORMALISED.includes(upper) ? upper : String(method);
}

defineGlobals({ Request });
