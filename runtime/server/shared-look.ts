/**
 * A question about something that may change, put once for all who ask it in time: each of them learns what held
 * after they came. Who comes while it is being answered waits for the next time.
 */
export class SharedLook<T> {
  readonly #look: () => Promise<T>;
  /** Those who will be told next. */
  #next: PromiseWithResolvers<T> | undefined;
  #isLooking = false;

  constructor(look: () => Promise<T>) {
    this.#look = look;
  }

  take(): Promise<T> {
    if (this.#next !== undefined) return this.#next.promise;
    this.#next = Promise.withResolvers();
    // The others of this loop turn are about to ask.
    if (!this.#isLooking) setImmediate(() => this.#begin());
    return this.#next.promise;
  }

  #begin(): void {
    const asked = this.#next;
    if (asked === undefined) return;
    this.#next = undefined;
    this.#isLooking = true;
    asked.resolve(this.#look().finally(() => this.#end()));
  }

  #end(): void {
    this.#isLooking = false;
    this.#begin();
  }
}
