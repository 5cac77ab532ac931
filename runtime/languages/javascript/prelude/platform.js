/** The smaller names of the global object (min-common-api.proposal.wintertc.org). */
import { defineGlobals } from './define.js';
import { reportError } from './report-error.js';

const enqueue = globalThis.queueMicrotask;

/** What `callback` throws is reported, as for a timer; the engine's own would end the request. */
function queueMicrotask(callback) {
  if (typeof callback !== 'function') throw new TypeError('Cannot queue a microtask: expected a function');
  enqueue(() => {
    try {
      callback();
    } catch (error) {
      reportError(error);
    }
  });
}

const navigator = {
  get userAgent() {
    return 'wws';
  },
};

defineGlobals({ self: globalThis, queueMicrotask, navigator });
