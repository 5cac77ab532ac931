import { setTimeout as delay } from 'node:timers/promises';

/** The time, as far as the publisher needs it. */
export interface Clock {
  now(): Date;
  /** Resolves after that many ms, or at once when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (milliseconds, signal) => {
    try {
      await delay(milliseconds, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
};
