/** Questions that the host answers later, while others may use its thread. */
import { ask, forget } from './host.js';

/** The number of the alarm, which the host settles like an answer (`timers.js`). */
const ALARM = 0;

/** As the alarm, once nobody reads the answer any more (`stream-answer.js`). */
const GONE = -1;

/** Resolve and reject of each question by its number. */
const open = new Map();

let alarm;
let gone;

/** Has `callback` called whenever the host rings. */
export function setAlarm(callback) {
  alarm = callback;
}

/** Has `callback` called when nobody reads the answer any more. */
export function onGone(callback) {
  gone = callback;
}

/** Asks for `name` (`questions.ts` has the names) and promises the list of values that the host answers. */
export function askHost(name, ...args) {
  return settled(ask(name, ...args));
}

/** Promises the answer to the question that the host gave this number. */
export function settled(id) {
  return new Promise((resolve, reject) => {
    open.set(id, { resolve, reject });
  });
}

/** As `askHost`; `signal`, which may be undefined, ends the wait for the answer. */
export function askHostUntil(signal, name, ...args) {
  if (signal === undefined) return askHost(name, ...args);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const id = ask(name, ...args);
    open.set(id, { resolve, reject });
    signal.addEventListener('abort', () => {
      if (!open.delete(id)) return;
      forget(id);
      reject(signal.reason);
    });
  });
}

/** Called by the host: there is an answer, or `problem` says why there is none. */
export function settle(id, problem, ...values) {
  if (id === ALARM) {
    alarm();
    return;
  }
  if (id === GONE) {
    gone();
    return;
  }
  const { resolve, reject } = open.get(id);
  open.delete(id);
  if (problem === undefined) resolve(values);
  else reject(new Error(problem));
}
