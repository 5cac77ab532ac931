/** ErrorEvent and PromiseRejectionEvent (html.spec.whatwg.org#the-errorevent-interface), for workers to dispatch. */
import { defineGlobals } from './define.js';
import { Event } from './events.js';

class ErrorEvent extends Event {
  #init;

  constructor(type, init) {
    super(type, init);
    const { message = '', filename = '', lineno = 0, colno = 0, error } = init ?? {};
    this.#init = {
      message: String(message),
      filename: String(filename),
      lineno: Number(lineno) >>> 0,
      colno: Number(colno) >>> 0,
      error,
    };
  }

  get message() {
    return this.#init.message;
  }

  get filename() {
    return this.#init.filename;
  }

  get lineno() {
    return this.#init.lineno;
  }

  get colno() {
    return this.#init.colno;
  }

  get error() {
    return this.#init.error;
  }

  get [Symbol.toStringTag]() {
    return 'ErrorEvent';
  }
}

class PromiseRejectionEvent extends Event {
  #init;

  constructor(type, init) {
    super(type, init);
    if (init?.promise === undefined)
      throw new TypeError('Cannot make a PromiseRejectionEvent: expected its promise');
    this.#init = { promise: init.promise, reason: init.reason };
  }

  get promise() {
    return this.#init.promise;
  }

  get reason() {
    return this.#init.reason;
  }

  get [Symbol.toStringTag]() {
    return 'PromiseRejectionEvent';
  }
}

defineGlobals({ ErrorEvent, PromiseRejectionEvent });
