/** How long a shim without containers waits for one. */
const PATIENCE_MS = 30_000;

export interface LifetimeOptions {
  /** Whether the shim holds no container. */
  readonly isEmpty: () => boolean;
  /** Ends the shim; called once. */
  readonly leave: () => void;
  readonly patienceMs?: number;
}

/**
 * Decides when a shim leaves. containerd says Shutdown after every container, yet another `start` may just
 * have been given this shim's address: such a container is expected. And containerd forgets a shim whose
 * Create never came or failed half-way: so one that stays empty leaves by itself.
 */
export class Lifetime {
  readonly #options: LifetimeOptions;
  /** Calls of `start` that were answered with this shim and have not been followed by a Create. */
  #expected = 0;
  #timer: NodeJS.Timeout | undefined;
  #left = false;

  constructor(options: LifetimeOptions) {
    this.#options = options;
    this.expect();
  }

  /** True once the shim is on its way out: nobody may be sent to it any more. */
  get hasEnded(): boolean {
    return this.#left;
  }

  /** A Create will follow soon. */
  expect(): void {
    this.#expected++;
    this.#wait();
  }

  /** A Create is here. */
  arrive(): void {
    this.#expected = Math.max(0, this.#expected - 1);
  }

  /** A container was removed, or its Create failed. */
  rest(): void {
    if (this.#options.isEmpty()) this.#wait();
  }

  /** containerd has said Shutdown. */
  dismiss(): void {
    if (this.#options.isEmpty() && this.#expected === 0) this.#leave();
  }

  /** Ends it now, containers or not. */
  end(): void {
    this.#leave();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#expected = 0;
      if (this.#options.isEmpty()) this.#leave();
    }, this.#options.patienceMs ?? PATIENCE_MS);
  }

  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    clearTimeout(this.#timer);
    this.#options.leave();
  }
}
