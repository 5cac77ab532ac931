/** MessageChannel and its events (html.spec.whatwg.org#message-channels), within one worker. */
import { defineGlobals } from './define.js';
import { defineHandler, Event, EventTarget } from './events.js';
import { structuredClone } from './structured-clone.js';
import { setTimeout } from './timers.js';

const INTERNAL = Symbol('internal');

export class MessageEvent extends Event {
  #init;

  constructor(type, init) {
    super(type, init);
    const { data = null, origin = '', lastEventId = '', source = null, ports = [] } = init ?? {};
    this.#init = {
      data,
      origin: String(origin),
      lastEventId: String(lastEventId),
      source,
      ports: [...ports],
    };
  }

  get data() {
    return this.#init.data;
  }

  get origin() {
    return this.#init.origin;
  }

  get lastEventId() {
    return this.#init.lastEventId;
  }

  get source() {
    return this.#init.source;
  }

  get ports() {
    return this.#init.ports;
  }

  get [Symbol.toStringTag]() {
    return 'MessageEvent';
  }
}

let entangle;

export class MessagePort extends EventTarget {
  #other;
  #isStarted = false;
  /** What came before anybody listened. */
  #waiting = [];

  static {
    entangle = (one, other) => {
      one.#other = other;
      other.#other = one;
    };
  }

  constructor(key) {
    super();
    if (key !== INTERNAL) throw new TypeError('Illegal constructor');
  }

  /** Each message comes in a turn of its own, like a timer. */
  postMessage(message, options) {
    const transfer = Array.isArray(options) ? options : options?.transfer;
    const data = structuredClone(message, { transfer });
    const other = this.#other;
    if (other === undefined) return;
    setTimeout(() => other.#receive(data), 0);
  }

  start() {
    if (this.#isStarted) return;
    this.#isStarted = true;
    for (const data of this.#waiting.splice(0)) setTimeout(() => this.#receive(data), 0);
  }

  close() {
    const other = this.#other;
    if (other !== undefined) other.#other = undefined;
    this.#other = undefined;
  }

  #receive(data) {
    if (this.#isStarted) this.dispatchEvent(new MessageEvent('message', { data }));
    else this.#waiting.push(data);
  }

  get [Symbol.toStringTag]() {
    return 'MessagePort';
  }
}

defineHandler(MessagePort.prototype, 'message', (port) => port.start());
defineHandler(MessagePort.prototype, 'messageerror');

export class MessageChannel {
  #ports = [new MessagePort(INTERNAL), new MessagePort(INTERNAL)];

  constructor() {
    entangle(...this.#ports);
  }

  get port1() {
    return this.#ports[0];
  }

  get port2() {
    return this.#ports[1];
  }

  get [Symbol.toStringTag]() {
    return 'MessageChannel';
  }
}

defineGlobals({ MessageEvent, MessagePort, MessageChannel });
