/** A bound on what is under way at once: more wait, in order, and beyond another bound they are turned away. */
export class Slots {
  readonly #waiting: Array<() => void> = [];
  readonly #mostWaiting: number;
  #free: number;

  constructor(most: number, mostWaiting: number) {
    this.#free = most;
    this.#mostWaiting = mostWaiting;
  }

  /** True when there is a slot, which is then to be released; false when too many wait. Rejects when aborted. */
  async take(signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return true;
    }
    if (this.#waiting.length >= this.#mostWaiting) return false;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => {
      const place = this.#waiting.indexOf(resolve);
      if (place >= 0) this.#waiting.splice(place, 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener('abort', abort);
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
    return true;
  }

  /** Hands the slot to the one that has waited longest. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
