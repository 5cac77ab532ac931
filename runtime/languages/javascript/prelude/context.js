/** The third argument of a handler: what it may ask of the server about its own request (Cloudflare Workers' `ctx`). */
import { describe } from './describe.js';
import { linger, writeStderr } from './host.js';

/** Promises that keep the request alive after its answer. */
let open = 0;

/** The answer does not wait for `promise`, but the request is not over before it has settled. */
export function waitUntil(promise) {
  open += 1;
  if (open === 1) linger(1);
  Promise.resolve(promise).then(settled, (error) => {
    writeStderr(`A promise given to waitUntil() was rejected:\n${describe(error)}\n`);
    settled();
  });
}

function settled() {
  open -= 1;
  if (open === 0) linger(0);
}

export class ExecutionContext {
  waitUntil(promise) {
    waitUntil(promise);
  }

  /** There is no origin behind a worker to pass the request to. */
  passThroughOnException() {}

  get [Symbol.toStringTag]() {
    return 'ExecutionContext';
  }
}
