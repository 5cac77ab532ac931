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
  /** Ids whose `start` was answered with this shim and has not been followed by a Create. */
  readonly #expected = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #left = false;

  /** `id` is the container the shim was started for. */
  constructor(id: string, options: LifetimeOptions) {
    this.#options = options;
    this.expect(id);
  }

  /** True once the shim is on its way out: nobody may be sent to it any more. */
  get hasEnded(): boolean {
    return this.#left;
  }

  /** A Create of that container will follow soon. */
  expect(id: string): void {
    this.#expected.add(id);
    this.#wait();
  }

  /** The Create is here. */
  arrive(id: string): void {
    this.#expected.delete(id);
  }

  /** A container was removed, or its Create failed. */
  rest(): void {
    if (this.#options.isEmpty()) this.#wait();
  }

  /** containerd has said Shutdown: it is done with that container. */
  dismiss(id: string): void {
    this.#expected.delete(id);
    if (this.#options.isEmpty() && this.#expected.size === 0) this.#leave();
  }

  /** Ends it now, containers or not. */
  end(): void {
    this.#leave();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#expected.clear();
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
