/**
 * The worker's side of a request: finds the handler, calls it, and hands the answer to the host. `wws:worker`
 * is the one module whose exports the host calls.
 */
import { closeCache, openCache } from './cache.js';
import './console.js';
import { defineGlobals } from './define.js';
import { describe } from './describe.js';
import './fetch.js';
import { Headers, headerLists } from './headers.js';
import { answer, fail, writeStderr } from './host.js';
import { forgetSeed } from './random.js';
import { requestFromHost } from './request.js';
import { checkedStatus, Response } from './response.js';
import './structured-clone.js';
import { bytesOf } from './text-encoding.js';
import './url.js';

export { describe };

let listener;
let listenerType;
/** Calls the handler with a Request; returns a Response or a promise of one. */
let handler;

/** Last one wins; a listener for another event than `fetch` only counts when there is none for it. */
function addEventListener(type, callback) {
  if (listenerType === 'fetch' && type !== 'fetch') return;
  listener = callback;
  listenerType = type;
}

defineGlobals({ addEventListener });

/** Sets the worker's variables: `json` is an object of strings. */
export function defineVariables(json) {
  for (const [name, value] of Object.entries(JSON.parse(json))) {
    Object.defineProperty(globalThis, name, { value, enumerable: true, configurable: true });
  }
}

/**
 * Settles how the worker is called, from what its module exports by default, if anything, and from its
 * listener; the state left behind is what every request starts from.
 *
 * @throws TypeError when there is nothing to call
 */
export function adopt(exported) {
  if (typeof exported === 'function') handler = (request) => exported(request);
  else if (typeof exported?.fetch === 'function') handler = (request) => exported.fetch(request);
  else if (typeof listener === 'function') handler = callListener;
  else {
    throw new TypeError(
      'The worker has no handler: expected `export default { fetch }` or addEventListener("fetch", …)',
    );
  }
  openCache({});
  forgetSeed();
}

function callListener(request) {
  let response;
  let responded = false;
  const event = {
    type: 'fetch',
    request,
    response: undefined,
    respondWith(value) {
      responded = true;
      response = value;
      event.response = value;
    },
    waitUntil() {},
    passThroughOnException() {},
    preventDefault() {},
  };
  const returned = listener(event);
  if (responded) return response;
  return Promise.resolve(returned).then(() => {
    if (!responded) throw new TypeError('The listener did not call event.respondWith()');
    return response;
  });
}

/** Handles one request, and sees to it that the host gets an answer or a failure. */
export async function handle(json, body) {
  let response;
  try {
    const message = JSON.parse(json);
    openCache(message.kv);
    response = await handler(requestFromHost(message, body));
  } catch (error) {
    report('There was an error running the handler', error);
    return;
  }
  try {
    respond(response);
  } catch (error) {
    report("Couldn't process the response from the handler", error);
  }
}

function respond(response) {
  if (!(response instanceof Response)) {
    throw new TypeError(`Expected the handler to return a Response, got ${kindOf(response)}`);
  }
  const { status, headers, body } = response;
  const lists = headerLists(headers instanceof Headers ? headers : new Headers(headers));
  const plain = Object.create(null);
  for (const [name, values] of lists)
    plain[name] = name === 'set-cookie' ? lastOf(values) : values.join(', ');
  const content =
    body === null || body === undefined ? undefined : (bytesOf(body) ?? String(body).toWellFormed());
  answer(checkedStatus(status), JSON.stringify(plain), content, closeCache());
}

/** An answer's headers are one string each, and cookies cannot be joined. */
function lastOf(cookies) {
  if (cookies.length > 1) writeStderr(`Only the last of ${cookies.length} Set-Cookie headers is sent\n`);
  return cookies.at(-1);
}

function kindOf(value) {
  if (value === null || typeof value !== 'object') return String(value);
  return `an object of class ${value.constructor?.name || 'Object'}`;
}

function report(problem, error) {
  const text = describe(error);
  writeStderr(`${problem}:\n${text}\n`);
  fail(`${problem}: ${text.split('\n', 1)[0]}`);
}
