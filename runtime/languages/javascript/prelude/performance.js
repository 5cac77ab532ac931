/**
 * performance (w3.org/TR/hr-time). The engine's own takes its origin when the engine starts, which may have
 * been long ago on another machine.
 */
import { defineGlobals } from './define.js';

const engineNow = performance.now.bind(performance);

const clock = {
  now: () => engineNow(),
  /** Milliseconds since 1970 when `now` was 0. */
  timeOrigin: 0,
  toJSON: () => ({ timeOrigin: clock.timeOrigin }),
};

/** To be called before any code of a worker runs. */
export function startClock() {
  clock.timeOrigin = Date.now() - clock.now();
}

defineGlobals({ performance: clock });
