/**
 * performance (w3.org/TR/hr-time). The engine's own takes its origin when the engine starts, which may have
 * been long ago on another machine.
 */
import { defineGlobals } from './define.js';

/** Milliseconds of a clock that only runs forward. */
export const now = performance.now.bind(performance);

const clock = {
  now: () => now(),
  /** Milliseconds since 1970 when `now` was 0. */
  timeOrigin: 0,
  toJSON: () => ({ timeOrigin: clock.timeOrigin }),
};

/** To be called before any code of a worker runs. */
export function startClock() {
  clock.timeOrigin = Date.now() - now();
}

defineGlobals({ performance: clock });
