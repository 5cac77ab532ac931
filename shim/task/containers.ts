import { ShimError } from '../errors.ts';
import type { Container } from './container.ts';
import { notCreated } from './state.ts';

/** The containers this shim holds: one, or those of a pod. */
export class Containers {
  readonly #byId = new Map<string, Container>();
  /** Ids whose Create is under way: taken, but not there yet. */
  readonly #creating = new Set<string>();

  /** True when the shim may leave. */
  get isEmpty(): boolean {
    return this.#byId.size === 0 && this.#creating.size === 0;
  }

  /** Adds what `create` makes. A second Create of one id is refused, also while the first is at work. */
  async add(id: string, create: () => Promise<Container>): Promise<Container> {
    if (this.#byId.has(id) || this.#creating.has(id)) {
      throw new ShimError('already-exists', `Cannot create container "${id}": it exists already`);
    }
    this.#creating.add(id);
    try {
      const container = await create();
      this.#byId.set(id, container);
      return container;
    } finally {
      this.#creating.delete(id);
    }
  }

  find(id: string): Container | undefined {
    return this.#byId.get(id);
  }

  /** @throws ShimError not-found */
  get(id: string): Container {
    const container = this.#byId.get(id);
    if (!container) throw notCreated(id);
    return container;
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }
}
