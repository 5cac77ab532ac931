/**
 * The worker's side of a request: finds the handler, calls it, and hands the answer to the host. `wws:worker`
 * is the one module whose exports the host calls.
 */
import './abort.js';
import { forgetStore } from './cache.js';
import './compression-streams.js';
import './console.js';
import { ExecutionContext } from './context.js';
import './crypto.js';
import { defineGlobals } from './define.js';
import './error-event.js';
import './events.js';
import './fetch.js';
import { callListener } from './fetch-event.js';
import './headers.js';
import './kv.js';
import './message-channel.js';
import { startClock } from './performance.js';
import './platform.js';
import { forgetSeed } from './random.js';
import { requestFromHost } from './request.js';
import { reportHandler, respond } from './respond.js';
import { Response } from './response.js';
import './structured-clone.js';
import './text-encoding.js';
import './text-streams.js';
import './timers.js';
import './url.js';

export { settle } from './ask-host.js';
export { describe } from './describe.js';

let listener;
let listenerType;
/** Calls the worker with a Request; returns a Response or a promise of one. */
let handler;
/** The second argument of a handler: its variables. */
let env = {};

/** Last one wins; a listener for another event than `fetch` only counts when there is none for it. */
function addEventListener(type, callback) {
  if (listenerType === 'fetch' && type !== 'fetch') return;
  listener = callback;
  listenerType = type;
}

defineGlobals({ addEventListener });

/** Prepares for the code of a worker, whose variables `json` holds as an object of strings. */
export function prepare(json) {
  startClock();
  env = JSON.parse(json);
  for (const [name, value] of Object.entries(env)) {
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
  if (typeof exported === 'function') handler = (request) => exported(request, env, new ExecutionContext());
  else if (typeof exported?.fetch === 'function') {
    handler = (request) => exported.fetch(request, env, new ExecutionContext());
  } else if (typeof listener === 'function') handler = (request) => callListener(listener, request);
  else {
    throw new TypeError(
      'The worker has no handler: expected `export default { fetch }` or addEventListener("fetch", …) ' +
        '(if it is there to be imported, begin its name or that of its folder with "_": then it is no route)',
    );
  }
  forgetSeed();
  forgetStore();
}

/** Handles the current request. The host has an answer or a failure when no more jobs are to run. */
export function handle() {
  let returned;
  try {
    returned = handler(requestFromHost());
  } catch (error) {
    reportHandler(error);
    return;
  }
  if (returned instanceof Response) respond(returned);
  else void respondLater(returned);
}

async function respondLater(returned) {
  let response;
  try {
    response = await returned;
  } catch (error) {
    reportHandler(error);
    return;
  }
  respond(response);
}
