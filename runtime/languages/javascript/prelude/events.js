/** Event, CustomEvent and EventTarget (dom.spec.whatwg.org#events), without a tree: an event has one target. */
import { defineGlobals } from './define.js';
import { now } from './performance.js';
import { reportError } from './report-error.js';

const AT_TARGET = 2;

/** Sets what only a dispatch may set. */
let turnTo;
let isStopped;
let isDispatched;

export class Event {
  static NONE = 0;
  static CAPTURING_PHASE = 1;
  static AT_TARGET = AT_TARGET;
  static BUBBLING_PHASE = 3;
  #type;
  #init;
  #target = null;
  #current = null;
  #isStopped = false;
  #isDispatched = false;
  #isCanceled = false;
  #timeStamp = now();

  static {
    turnTo = (event, target, isOn) => {
      event.#target = target;
      event.#current = isOn ? target : null;
      event.#isDispatched = isOn;
      if (!isOn) event.#isStopped = false;
    };
    isStopped = (event) => event.#isStopped;
    isDispatched = (event) => event.#isDispatched;
  }

  constructor(type, init) {
    const { bubbles = false, cancelable = false, composed = false } = init ?? {};
    this.#type = String(type);
    this.#init = { bubbles: Boolean(bubbles), cancelable: Boolean(cancelable), composed: Boolean(composed) };
  }

  get type() {
    return this.#type;
  }

  get target() {
    return this.#target;
  }

  get srcElement() {
    return this.#target;
  }

  get currentTarget() {
    return this.#current;
  }

  get eventPhase() {
    return this.#isDispatched ? AT_TARGET : 0;
  }

  get bubbles() {
    return this.#init.bubbles;
  }

  get cancelable() {
    return this.#init.cancelable;
  }

  get composed() {
    return this.#init.composed;
  }

  get defaultPrevented() {
    return this.#isCanceled;
  }

  get returnValue() {
    return !this.#isCanceled;
  }

  get timeStamp() {
    return this.#timeStamp;
  }

  get isTrusted() {
    return false;
  }

  composedPath() {
    return this.#current === null ? [] : [this.#current];
  }

  preventDefault() {
    if (this.#init.cancelable) this.#isCanceled = true;
  }

  /** There is nobody further up. */
  stopPropagation() {}

  stopImmediatePropagation() {
    this.#isStopped = true;
  }

  get [Symbol.toStringTag]() {
    return 'Event';
  }
}

export class CustomEvent extends Event {
  #detail;

  constructor(type, init) {
    super(type, init);
    this.#detail = init?.detail ?? null;
  }

  get detail() {
    return this.#detail;
  }

  get [Symbol.toStringTag]() {
    return 'CustomEvent';
  }
}

export class EventTarget {
  /** Made for the first listener. */
  #listeners;

  addEventListener(type, callback, options) {
    if (callback === null || callback === undefined) return;
    if (typeof callback !== 'function' && typeof callback !== 'object') {
      throw new TypeError('Cannot add a listener: expected a function or an object with handleEvent');
    }
    const { once = false, signal, capture } = optionsOf(options);
    if (signal?.aborted) return;
    const key = String(type);
    this.#listeners ??= [];
    if (this.#find(key, callback, capture) >= 0) return;
    this.#listeners.push({ type: key, callback, capture, once: Boolean(once) });
    signal?.addEventListener('abort', () => this.removeEventListener(key, callback, { capture }));
  }

  removeEventListener(type, callback, options) {
    const index = this.#find(String(type), callback, optionsOf(options).capture);
    if (index >= 0) this.#listeners.splice(index, 1);
  }

  /** A listener that throws is reported, and the others are called. */
  dispatchEvent(event) {
    if (!(event instanceof Event)) throw new TypeError('Cannot dispatch: expected an Event');
    if (isDispatched(event)) throw new DOMException('The event is being dispatched', 'InvalidStateError');
    turnTo(event, this, true);
    for (const listener of this.#listeners === undefined ? [] : [...this.#listeners]) {
      if (isStopped(event)) break;
      if (listener.type !== event.type || !this.#listeners.includes(listener)) continue;
      if (listener.once) this.#listeners.splice(this.#listeners.indexOf(listener), 1);
      const { callback } = listener;
      try {
        if (typeof callback === 'function') callback.call(this, event);
        else callback.handleEvent(event);
      } catch (error) {
        reportError(error);
      }
    }
    turnTo(event, this, false);
    return !event.defaultPrevented;
  }

  #find(type, callback, capture) {
    return (this.#listeners ?? []).findIndex(
      (listener) => listener.type === type && listener.callback === callback && listener.capture === capture,
    );
  }

  get [Symbol.toStringTag]() {
    return 'EventTarget';
  }
}

function optionsOf(options) {
  if (typeof options !== 'object' || options === null) return { capture: Boolean(options) };
  const { once, signal, capture } = options;
  return { once, signal, capture: Boolean(capture) };
}

/**
 * An `onNAME` property of `prototype`: a listener of its own that keeps the place it was first given. `onSet` hears of
 * each object that is given one.
 */
export function defineHandler(prototype, name, onSet = () => {}) {
  const handlers = new WeakMap();
  Object.defineProperty(prototype, `on${name}`, {
    get() {
      return handlers.get(this)?.callback ?? null;
    },
    set(value) {
      const callback = typeof value === 'function' ? value : null;
      const known = handlers.get(this);
      if (known !== undefined) known.callback = callback;
      else if (callback !== null) {
        const handler = { callback };
        handlers.set(this, handler);
        this.addEventListener(name, (event) => handler.callback?.call(this, event));
      }
      onSet(this);
    },
    enumerable: true,
    configurable: true,
  });
}

defineGlobals({ Event, CustomEvent, EventTarget });
