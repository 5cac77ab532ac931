/** AbortController and AbortSignal (dom.spec.whatwg.org#aborting-ongoing-activities). */
import { defineGlobals } from './define.js';
import { defineHandler, Event, EventTarget } from './events.js';
import { setTimeout } from './timers.js';

const INTERNAL = Symbol('internal');

let abort;
/** Signals that are to abort with this one, before anybody is told. */
let follow;

export class AbortSignal extends EventTarget {
  #isAborted = false;
  #reason;
  /** Made for the first follower. */
  #followers;

  static {
    abort = (signal, reason) => {
      if (signal.#isAborted) return;
      const aborted = [];
      const reached = [signal];
      for (const each of reached) {
        if (each.#isAborted) continue;
        each.#isAborted = true;
        each.#reason = reason;
        aborted.push(each);
        reached.push(...(each.#followers ?? []));
      }
      for (const each of aborted) each.dispatchEvent(new Event('abort'));
    };
    follow = (signal, follower) => {
      signal.#followers ??= [];
      signal.#followers.push(follower);
    };
  }

  constructor(key) {
    super();
    if (key !== INTERNAL) throw new TypeError('Illegal constructor');
  }

  static abort(reason) {
    const signal = new AbortSignal(INTERNAL);
    abort(signal, reasonOr(reason));
    return signal;
  }

  static timeout(milliseconds) {
    const delay = Number(milliseconds);
    if (!(delay >= 0 && delay <= Number.MAX_SAFE_INTEGER)) {
      throw new TypeError('Cannot make a signal: expected milliseconds from 0 on');
    }
    const signal = new AbortSignal(INTERNAL);
    setTimeout(
      () => abort(signal, new DOMException('The operation timed out', 'TimeoutError')),
      Math.min(delay, 0x7fffffff),
    );
    return signal;
  }

  static any(signals) {
    const sources = [...signals];
    for (const source of sources) {
      if (!(source instanceof AbortSignal)) throw new TypeError('Cannot join signals: expected AbortSignals');
    }
    const aborted = sources.find((source) => source.#isAborted);
    if (aborted !== undefined) return AbortSignal.abort(aborted.#reason);
    const signal = new AbortSignal(INTERNAL);
    for (const source of sources) follow(source, signal);
    return signal;
  }

  get aborted() {
    return this.#isAborted;
  }

  get reason() {
    return this.#reason;
  }

  throwIfAborted() {
    if (this.#isAborted) throw this.#reason;
  }

  get [Symbol.toStringTag]() {
    return 'AbortSignal';
  }
}

defineHandler(AbortSignal.prototype, 'abort');

export class AbortController {
  #signal = new AbortSignal(INTERNAL);

  get signal() {
    return this.#signal;
  }

  abort(reason) {
    abort(this.#signal, reasonOr(reason));
  }

  get [Symbol.toStringTag]() {
    return 'AbortController';
  }
}

function reasonOr(reason) {
  return reason === undefined ? new DOMException('The operation was aborted', 'AbortError') : reason;
}

/** The signal of an `init`, checked; undefined for none. */
export function signalOf(signal) {
  if (signal === undefined || signal === null) return undefined;
  if (signal instanceof AbortSignal) return signal;
  throw new TypeError('Invalid signal: expected an AbortSignal');
}

/** Calls `callback` with the reason once `signal` is aborted; returns what takes that back. */
export function onAbort(signal, callback) {
  if (signal === undefined) return () => {};
  const listener = () => callback(signal.reason);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

defineGlobals({ AbortController, AbortSignal });
