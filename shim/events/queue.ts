import type { Topic } from './topics.ts';

/** An event ready to be sent. */
export interface QueuedEvent {
  readonly topic: Topic;
  /** An encoded `ForwardRequest`. */
  readonly payload: Uint8Array;
}

/**
 * The events not yet taken by containerd, oldest first. Over the limit the oldest event that nobody depends on
 * makes room, then the oldest delete. Exits stay: Docker learns of a container's death from them alone, so
 * they may take the queue over its limit.
 */
export class EventQueue {
  readonly #events: QueuedEvent[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#events.length;
  }

  get first(): QueuedEvent | undefined {
    return this.#events[0];
  }

  /** Adds an event; gives back the one that had to make room. */
  push(event: QueuedEvent): QueuedEvent | undefined {
    this.#events.push(event);
    if (this.#events.length <= this.#limit) return undefined;
    const victim = this.#oldest((topic) => topic !== '/tasks/exit' && topic !== '/tasks/delete');
    const index = victim ?? this.#oldest((topic) => topic === '/tasks/delete');
    return index === undefined ? undefined : this.#events.splice(index, 1)[0];
  }

  removeFirst(): void {
    this.#events.shift();
  }

  /** Never the first: it may be on its way. */
  #oldest(matches: (topic: Topic) => boolean): number | undefined {
    const index = this.#events.findIndex(({ topic }, place) => place > 0 && matches(topic));
    return index === -1 ? undefined : index;
  }
}
