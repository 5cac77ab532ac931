import { AbortController, signalOf } from './abort.js';
import { Body, bodyBytes, CONTENT, extracted, isRead } from './body.js';
import { defineGlobals } from './define.js';
import { Headers, headersFromHost } from './headers.js';
import { requestPart } from './host.js';
import { ReadableStream } from './readable-stream.js';
import { streamOfBytes } from './stream-bytes.js';
import { bytesOf } from './text-encoding.js';
import { URL } from './url.js';

const FROM_HOST = Symbol('from host');
const NORMALISED = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];

/** The body of a request as it is sent: a string, bytes, a stream, or undefined for none. */
export let requestContent;

/** What may abort a request, where a worker has given it something. */
export let requestSignal;

/**
 * Request of fetch.spec.whatwg.org, with wws's `params`. The one a worker is called with is brought over from the
 * host part by part, as the worker asks for them; its `body` is a string, and so is that of its copies. wws had no
 * others: the `body` of a request that a worker makes itself is the standard's.
 */
export class Request extends Body {
  /** What is known so far; complete for a request that a worker made. */
  #parts = {};
  #isFromHost = false;
  /** The body is a string, and `bytes` beside it where it is no text. */
  #isPlain = false;

  static {
    requestContent = (request) => {
      const body = request[CONTENT];
      if (body instanceof ReadableStream) return body;
      const content = bytesOf(body) ?? body?.toWellFormed() ?? '';
      return content.length === 0 ? undefined : content;
    };
    requestSignal = (request) => request.#parts.signal;
  }

  constructor(input, init = {}) {
    super();
    if (input === FROM_HOST) {
      this.#isFromHost = true;
      this.#isPlain = true;
      return;
    }
    const base = input instanceof Request ? input : undefined;
    const { body, type } = extracted(init.body);
    const isCopied = init.body === undefined && base !== undefined;
    this.#isPlain = isCopied && base.#isPlain;
    this.#parts = {
      url: base ? base.url : new URL(String(input)).href,
      method: init.method === undefined ? (base?.method ?? 'GET') : normalMethod(init.method),
      headers: new Headers(init.headers ?? base?.headers),
      body: isCopied ? base.#content() : body,
      bytes: isCopied ? base.#bytes() : undefined,
      params: { ...base?.params },
      redirect: String(init.redirect ?? base?.redirect ?? 'follow'),
      signal: signalOf(init.signal === undefined ? base?.#parts.signal : init.signal),
    };
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
    const content = this.#content();
    if (this.#isPlain || content === null || content instanceof ReadableStream) return content;
    // Who has the stream may read it, so that nothing else can be read from here on.
    this.#parts.body = streamOfBytes(bodyBytes(content));
    return this.#parts.body;
  }

  #content() {
    if (this.#isFromHost) this.#parts.body ??= requestPart('body');
    return this.#parts.body;
  }

  get params() {
    this.#parts.params ??= JSON.parse(requestPart('params'));
    return this.#parts.params;
  }

  /** Routers write down what they found. */
  set params(value) {
    this.#parts.params = value;
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

  get [CONTENT]() {
    return this.#bytes() ?? this.#content();
  }

  get bodyUsed() {
    return isRead(this.#parts.body);
  }

  clone() {
    const { body } = this.#parts;
    if (!(body instanceof ReadableStream)) return new Request(this);
    const [mine, theirs] = body.tee();
    this.#parts.body = mine;
    return new Request(this, { body: theirs });
  }

  get cache() {
    return 'default';
  }

  get credentials() {
    return 'same-origin';
  }

  get destination() {
    return '';
  }

  get duplex() {
    return 'half';
  }

  get integrity() {
    return '';
  }

  get keepalive() {
    return false;
  }

  get mode() {
    return 'cors';
  }

  get referrer() {
    return 'about:client';
  }

  get referrerPolicy() {
    return '';
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
