/** reportError (html.spec.whatwg.org#dom-reporterror): for what nobody can catch; it goes to stderr. */
import { defineGlobals } from './define.js';
import { describe } from './describe.js';
import { writeStderr } from './host.js';

export function reportError(error) {
  writeStderr(`Uncaught ${describe(error)}\n`);
}

defineGlobals({ reportError });
