/** One at a time for each name, in the order they came. */
export class Turns {
  /** Who has a turn, and who waits for it: each is called when its turn has come. */
  readonly #lines = new Map<string, (() => void)[]>();

  /**
   * Resolves when the turn has come, with what ends it; undefined when it has not within `ms` milliseconds, or the
   * signal was given.
   */
  async take(name: string, ms: number, signal: AbortSignal): Promise<(() => void) | undefined> {
    const line = this.#lines.get(name);
    const leave = (): void => this.#next(name);
    if (line === undefined) {
      this.#lines.set(name, []);
      return leave;
    }
    const { promise, resolve } = Promise.withResolvers<(() => void) | undefined>();
    const come = (): void => resolve(leave);
    const giveUp = (): void => {
      const index = line.indexOf(come);
      if (index === -1) return;
      line.splice(index, 1);
      resolve(undefined);
    };
    line.push(come);
    const timer = setTimeout(giveUp, ms);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  #next(name: string): void {
    const come = this.#lines.get(name)?.shift();
    if (come === undefined) this.#lines.delete(name);
    else come();
  }
}
