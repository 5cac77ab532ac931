/** Timers (html.spec.whatwg.org#timers). The host rings once, for the first of them. */
import { setAlarm } from './ask-host.js';
import { defineGlobals } from './define.js';
import { wakeAfter } from './host.js';
import { now } from './performance.js';
import { reportError } from './report-error.js';

/** Each takes memory, and its place is looked for among the others. */
const MAXIMUM_TIMERS = 4096;

/** An interval of nothing would leave no time for anything else. */
const SHORTEST_INTERVAL = 1;

/** By the time when they are due, those that were set first in front. */
const timers = [];
let last = 0;

export function setTimeout(callback, delay, ...args) {
  return set(callback, milliseconds(delay), false, args);
}

function setInterval(callback, delay, ...args) {
  return set(callback, Math.max(milliseconds(delay), SHORTEST_INTERVAL), true, args);
}

export function clearTimeout(id) {
  const index = timers.findIndex((timer) => timer.id === Number(id));
  if (index < 0) return;
  timers.splice(index, 1);
  if (index === 0) arm();
}

function set(callback, delay, repeats, args) {
  if (typeof callback !== 'function') throw new TypeError('Cannot set a timer: expected a function');
  if (timers.length >= MAXIMUM_TIMERS) {
    throw new Error(`Cannot set a timer: ${MAXIMUM_TIMERS} of this request are set already`);
  }
  last += 1;
  insert({ id: last, due: now() + delay, delay, repeats, callback, args });
  return last;
}

function insert(timer) {
  let index = timers.length;
  while (index > 0 && timers[index - 1].due > timer.due) index -= 1;
  timers.splice(index, 0, timer);
  if (index > 0) return;
  try {
    arm();
  } catch (error) {
    timers.shift();
    throw error;
  }
}

function arm() {
  wakeAfter(timers.length === 0 ? -1 : Math.max(timers[0].due - now(), 0));
}

/** The first timer is due. Others that are as well come next, when its microtasks have run. */
setAlarm(() => {
  const timer = timers.shift();
  if (timer === undefined) return;
  if (timer.repeats) {
    timer.due = Math.max(timer.due, now()) + timer.delay;
    insert(timer);
  }
  if (timers.length > 0 && timers[0] !== timer) arm();
  try {
    timer.callback.apply(globalThis, timer.args);
  } catch (error) {
    reportError(error);
  }
});

/** WebIDL's `long`, and nothing below zero. */
function milliseconds(delay) {
  return Math.max(Number(delay) | 0, 0);
}

defineGlobals({ setTimeout, setInterval, clearTimeout, clearInterval: clearTimeout });
