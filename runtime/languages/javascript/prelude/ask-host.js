/** Questions that the host answers later, while others may use its thread. */
import { ask } from './host.js';

/** Resolve and reject of each question by its number. */
const open = new Map();

/** Asks for `name` (`questions.ts` has the names) and promises the list of values that the host answers. */
export function askHost(name, ...args) {
  return new Promise((resolve, reject) => {
    open.set(ask(name, ...args), { resolve, reject });
  });
}

/** Called by the host: there is an answer, or `problem` says why there is none. */
export function settle(id, problem, ...values) {
  const { resolve, reject } = open.get(id);
  open.delete(id);
  if (problem === undefined) resolve(values);
  else reject(new Error(problem));
}
