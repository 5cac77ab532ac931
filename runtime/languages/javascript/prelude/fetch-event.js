import { waitUntil } from './context.js';
import { Event } from './events.js';

const NOT_RESPONDED = Symbol('not responded');

/** Takes what the listener responded with, or NOT_RESPONDED. */
let responseOf;

/** The event of `addEventListener('fetch', …)` (w3.org/TR/service-workers/#fetchevent-interface). */
export class FetchEvent extends Event {
  response = undefined;
  #response = NOT_RESPONDED;

  static {
    responseOf = (event) => event.#response;
  }

  constructor(request) {
    super('fetch', { cancelable: true });
    this.request = request;
  }

  respondWith(response) {
    this.#response = response;
    this.response = response;
  }

  waitUntil(promise) {
    waitUntil(promise);
  }

  /** There is no origin behind a worker to pass the request to. */
  passThroughOnException() {}

  get [Symbol.toStringTag]() {
    return 'FetchEvent';
  }
}

/** Calls `listener`, and waits for it if it is asynchronous and has not responded yet. */
export function callListener(listener, request) {
  const event = new FetchEvent(request);
  const returned = listener(event);
  const response = responseOf(event);
  return response === NOT_RESPONDED ? lateResponse(event, returned) : response;
}

async function lateResponse(event, returned) {
  await returned;
  const response = responseOf(event);
  if (response === NOT_RESPONDED) throw new TypeError('The listener did not call event.respondWith()');
  return response;
}
