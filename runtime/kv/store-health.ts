/** Two lines about the same store are at least so far apart, in milliseconds. */
const PAUSE_MS = 1_000;

/** Says when a store stops answering and when it answers again: once each, however many requests meet it. */
export class StoreHealth {
  readonly #name: string;
  readonly #say: (line: string) => void;
  readonly #now: () => number;
  #problem: string | undefined;
  #said = Number.NEGATIVE_INFINITY;

  constructor(name: string, say: (line: string) => void, now: () => number = () => performance.now()) {
    this.#name = name;
    this.#say = say;
    this.#now = now;
  }

  failed(reason: string): void {
    if (this.#problem !== undefined || !this.#mayChange()) return;
    this.#problem = reason;
    this.#line(`K/V store "${this.#name}" is not available: ${reason}; workers that need it answer 503`);
  }

  worked(): void {
    if (this.#problem === undefined || !this.#mayChange()) return;
    this.#problem = undefined;
    this.#line(`K/V store "${this.#name}" is available again`);
  }

  /** Where some steps work and others do not, that is said from time to time. */
  #mayChange(): boolean {
    return this.#now() - this.#said >= PAUSE_MS;
  }

  #line(line: string): void {
    this.#said = this.#now();
    this.#say(line);
  }
}
